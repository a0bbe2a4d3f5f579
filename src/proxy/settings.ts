/**
 * What may change while the proxy runs: log level, how HTTPS is spoken, where redirects lead. It comes in a file that the hub
 * writes, so that a proxy which starts while the hub is away has it too. The key of the certificate is sealed with the gate
 * key, which both have from elsewhere: a copy of this file alone is worth nothing.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Config } from "../contract/index.ts";
import { createSealer, HubError, messageOf, type Secret } from "../kernel/index.ts";
import type { PublicHost, ServedTls } from "./options.ts";

export interface ProxySettings {
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Undefined: plain HTTP. */
  readonly tls: ServedTls | undefined;
  /** Where redirects to HTTPS lead; undefined: to the host that the client asked for. */
  readonly publicHost: PublicHost | undefined;
}

/** What HSTS says when nobody asks for another time: two years, in seconds, as Mozilla's guidelines have it (A41). */
const HSTS_SECONDS = 63_072_000;
const PURPOSE = "proxy-settings.tls.key";

const fileSchema = z.strictObject({
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  tls: z
    .strictObject({
      certificate: z.string(),
      /** Sealed. */
      key: z.string(),
      profile: z.enum(["modern", "intermediate"]),
      hsts: z.number().nonnegative().nullable(),
    })
    .nullable(),
  publicHost: z.strictObject({ name: z.string(), port: z.number().nullable() }).nullable(),
});

/** What a configuration says of the proxy. @param source.tls certificate and key as they are now */
export function proxySettingsOf(source: {
  readonly config: Pick<Config, "logLevel" | "publicUrl" | "tls">;
  readonly tls: Pick<ServedTls, "certificate" | "key"> | undefined;
}): ProxySettings {
  const { logLevel, publicUrl, tls: configured } = source.config;
  const hsts = configured?.hsts ?? true;
  return {
    logLevel,
    tls:
      source.tls === undefined
        ? undefined
        : {
            certificate: source.tls.certificate,
            key: source.tls.key,
            profile: configured?.profile ?? "modern",
            hsts: hsts === true ? HSTS_SECONDS : hsts === false ? undefined : Math.floor(hsts),
          },
    publicHost: publicUrl === undefined ? undefined : hostOf(publicUrl),
  };
}

/** Of an `http:` address only the name is of use: its port is not that of HTTPS. */
function hostOf(publicUrl: string): PublicHost | undefined {
  const url = URL.parse(publicUrl);
  if (url === null) return undefined;
  const port = url.port === "" ? 443 : Number(url.port);
  return { name: url.hostname, port: url.protocol === "https:" ? port : undefined };
}

/** @throws HubError `usage` when the file is missing or damaged, or sealed with another key */
export function readProxySettings(file: string, gateKey: Secret): ProxySettings {
  try {
    const { logLevel, tls, publicHost } = fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return {
      logLevel,
      tls: tls === null ? undefined : { ...tls, key: openedKey(tls.key, gateKey), hsts: tls.hsts ?? undefined },
      publicHost: publicHost === null ? undefined : { name: publicHost.name, port: publicHost.port ?? undefined },
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

function openedKey(sealed: string, gateKey: Secret): Secret {
  const key = createSealer(gateKey).open(PURPOSE, sealed);
  if (key === undefined) throw new Error("the key in it was sealed with another gate key");
  return key;
}

/** Writes the file as a whole (mode 0600), so that no reader sees half of it. */
export function writeProxySettings(file: string, settings: ProxySettings, gateKey: Secret): void {
  const { logLevel, tls, publicHost } = settings;
  const written: z.input<typeof fileSchema> = {
    logLevel,
    tls:
      tls === undefined
        ? null
        : {
            certificate: tls.certificate,
            key: createSealer(gateKey).seal(PURPOSE, tls.key.reveal()),
            profile: tls.profile,
            hsts: tls.hsts ?? null,
          },
    publicHost: publicHost === undefined ? null : { name: publicHost.name, port: publicHost.port ?? null },
  };
  const next = `${file}.next`;
  // The proxy may write in this folder too: one that was taken over shall not lay a link that the hub follows.
  rmSync(next, { recursive: true, force: true });
  writeFileSync(next, JSON.stringify(written), { mode: 0o600, flag: "wx" });
  renameSync(next, file);
}
