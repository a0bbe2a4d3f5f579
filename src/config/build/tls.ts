/** Certificate and key as they are now. */
import { dirname, resolve } from "node:path";
import { Secret } from "../../kernel/index.ts";
import type { Checks } from "../check/context.ts";
import type { ConfigSnapshot, Place } from "../snapshot.ts";
import { checkCertificate, nextWarning } from "../sources/certificate.ts";
import { certificatesIn, hostOf } from "../sources/certificate-facts.ts";
import type { FileReader } from "../sources/reader.ts";

export function tlsFiles(
  checks: Checks,
  sources: {
    readonly reader: FileReader;
    readonly placeOf: (path: readonly (string | number)[]) => Place | undefined;
    readonly file: string;
    /** Values of the secrets that the configuration names. */
    readonly secrets: ReadonlyMap<string, Secret>;
    /** Milliseconds since 1970. */
    readonly now: number;
  },
): ConfigSnapshot["tls"] {
  const { tls } = checks.config;
  if (tls === undefined) return undefined;
  const read = (key: "certificate" | "key", name: string): { path: string; text: string; mode: number } | undefined => {
    const path = resolve(dirname(sources.placeOf(["tls", key])?.file ?? sources.file), name);
    const result = sources.reader.read(path);
    if ("bytes" in result) return { path, text: result.bytes.toString("utf8"), mode: result.mode };
    checks.problem(["tls", key], `${path} ${result.why}`);
    return undefined;
  };
  const certificate = read("certificate", tls.certificate);
  const key = typeof tls.key === "string" ? read("key", tls.key) : keySecret(tls.key.secret, sources.secrets);
  if (certificate === undefined || key === undefined) return undefined;
  const secret = new Secret(key.text);
  const { publicUrl } = checks.config;
  const checkedAt = (now: number) =>
    checkCertificate(certificate.text, secret, {
      now,
      names: { certificate: certificate.path, key: key.path },
      host: publicUrl?.startsWith("https:") === true ? hostOf(publicUrl) : undefined,
      hsts: tls.hsts !== false,
    });
  const { problems } = checkedAt(sources.now);
  for (const { key: which, message } of problems) checks.problem(["tls", which], message);
  if ((key.mode & 0o004) !== 0)
    checks.warn(`Everybody on this host may read the TLS key ${key.path}; give it mode 0640 or 0600.`);
  return {
    certificate: certificate.text,
    key: secret,
    warningsAt: (now) => checkedAt(now).warnings,
    nextWarning: (now) => nextWarning(certificatesIn(certificate.text), now),
  };
}

/** A missing secret is told by whoever looked for it. */
function keySecret(
  name: string,
  secrets: ReadonlyMap<string, Secret>,
): { readonly path: string; readonly text: string; readonly mode: number } | undefined {
  const value = secrets.get(name);
  return value === undefined ? undefined : { path: `the secret ${name}`, text: value.reveal(), mode: 0o600 };
}
