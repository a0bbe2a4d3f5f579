/**
 * What may change while the proxy runs: log level and certificate. They come in a file that the hub writes, so that a
 * proxy which starts while the hub is away has them too; the folder is watched, since files are replaced by renaming.
 */
import { readFileSync, renameSync, watch, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { z } from "zod";
import { type Closable, HubError, messageOf, Secret } from "../kernel/index.ts";
import type { ProxyLog, TlsPair } from "./options.ts";

export interface ProxySettings {
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Undefined: plain HTTP. */
  readonly tls: TlsPair | undefined;
}

const fileSchema = z.strictObject({
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  tls: z.strictObject({ certificate: z.string(), key: z.string() }).nullable(),
});

/** @throws HubError `usage` when the file is missing or damaged */
export function readProxySettings(file: string): ProxySettings {
  try {
    const { logLevel, tls } = fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return {
      logLevel,
      tls: tls === null ? undefined : { certificate: tls.certificate, key: new Secret(tls.key) },
    };
  } catch (cause) {
    throw new HubError(
      "usage",
      `The proxy's settings ${file} cannot be used: ${messageOf(cause)}. The hub writes them.`,
      {
        cause,
      },
    );
  }
}

/** Writes the file as a whole (mode 0600: it holds the key), so that no reader sees half of it. */
export function writeProxySettings(file: string, { logLevel, tls }: ProxySettings): void {
  const pair = tls === undefined ? null : { certificate: tls.certificate, key: tls.key.reveal() };
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify({ logLevel, tls: pair }), { mode: 0o600 });
  renameSync(next, file);
}

/** Calls `apply` with every later content of the file; a damaged one is logged and the last good one holds. */
export function watchProxySettings(file: string, apply: (settings: ProxySettings) => void, log: ProxyLog): Closable {
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== basename(file)) return;
    try {
      apply(readProxySettings(file));
    } catch (error) {
      log.error({ err: error }, "Changed settings were not taken over.");
    }
  });
  watcher.on("error", (error) => log.error({ err: error }, "The settings are not watched any more."));
  return { close: async () => watcher.close() };
}
