/** Where a certificate and its key go: to the files that the configuration names, else beside it. */
import { dirname, join, relative } from "node:path";
import type { TlsUse } from "../../config/index.ts";
import type { Secret } from "../../kernel/index.ts";
import { type NewFile, replaceFiles } from "./replace-files.ts";

/** Where secrets of the configuration are kept. */
export interface SecretStore {
  /** For messages: “the vault /etc/hublet/secrets.age”. */
  readonly what: string;
  read(name: string): Promise<Secret | undefined>;
  write(name: string, value: Secret): Promise<void>;
}

export interface TlsPlace {
  readonly certificate: string;
  readonly key: { readonly file: string } | { readonly secret: string };
  /** The configuration names them already. */
  readonly named: boolean;
}

export interface Pair {
  /** PEM, with the chain. */
  readonly certificate: string;
  readonly key: Secret;
}

/** Name of the key among the secrets of a configuration. */
export const KEY_SECRET = "tls-key";
/** Folder beside `hublet.yaml`. */
const FOLDER = "tls";

/**
 * @param host whose certificate it is
 * @param keepsSecrets there is a vault, so that no key needs to lie in a file
 */
export function placeOf(configFile: string, use: TlsUse, host: string, keepsSecrets: boolean): TlsPlace {
  if (use.tls !== undefined) return { certificate: use.tls.certificate, key: use.tls.key, named: true };
  const folder = tlsFolder(configFile);
  return {
    certificate: join(folder, `${fileNameOf(host)}.crt`),
    key: keepsSecrets ? { secret: KEY_SECRET } : { file: join(folder, `${fileNameOf(host)}.key`) },
    named: false,
  };
}

export function tlsFolder(configFile: string): string {
  return join(dirname(configFile), FOLDER);
}

/** `*.example.org` gives `wildcard.example.org`; `ca` is the authority's own. */
function fileNameOf(host: string): string {
  const name = host
    .replace(/^\*/, "wildcard")
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^\.+/, "");
  return name === "ca" || name === "" ? `host-${name}` : name;
}

/** Keys of `hublet.yaml` for a pair that it does not name yet. */
export function tlsKeys(configFile: string, place: TlsPlace): { readonly certificate: string; readonly key: unknown } {
  const short = (path: string): string => relative(dirname(configFile), path);
  return { certificate: short(place.certificate), key: "file" in place.key ? short(place.key.file) : place.key };
}

/**
 * Puts the pair in its place. Two files are replaced in one go, so that a hub that watches takes over the pair at once;
 * a secret is written just before its certificate.
 * @param group by root: the service account's, which may read both
 * @throws HubError `state-unusable`, and what the store throws
 */
export async function writePair(
  place: TlsPlace,
  pair: Pair,
  { store, group }: { readonly store: SecretStore; readonly group?: number | undefined },
): Promise<void> {
  const certificate: NewFile = { path: place.certificate, text: pair.certificate, secret: false, group };
  if ("file" in place.key)
    replaceFiles([{ path: place.key.file, text: pair.key.reveal(), secret: true, group }, certificate]);
  else {
    await store.write(place.key.secret, pair.key);
    replaceFiles([certificate]);
  }
}
