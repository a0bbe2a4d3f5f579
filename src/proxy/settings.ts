/**
 * What may change while the proxy runs: log level and certificate. They come in a file that the hub writes, so that a
 * proxy which starts while the hub is away has them too; the folder is watched, since files are replaced by renaming.
 */
import { type FSWatcher, readFileSync, renameSync, unwatchFile, watch, watchFile, writeFileSync } from "node:fs";
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

/** How often the file is looked at on a host that has no watches left. */
const POLL_MS = 1000;

/**
 * Calls `apply` with the content of the file, which may have changed since it was read, and with every later one; a damaged
 * one is logged and the last good one holds.
 */
export function watchProxySettings(file: string, apply: (settings: ProxySettings) => void, log: ProxyLog): Closable {
  const look = (): void => {
    try {
      apply(readProxySettings(file));
    } catch (error) {
      log.error({ err: error }, "Changed settings were not taken over.");
    }
  };
  const poll = (error: unknown): void => {
    log.warn({ reason: messageOf(error) }, "The settings cannot be watched and are looked at each second.");
    watchFile(file, { interval: POLL_MS }, look);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(file), (_event, name) => {
      if (name === null || name === basename(file)) look();
    });
    watcher.on("error", poll);
  } catch (error) {
    poll(error); // the host's limit of watches is no reason to serve nobody
  }
  look();
  return {
    close: async () => {
      watcher?.close();
      unwatchFile(file, look);
    },
  };
}
