/** `hublet tls selfsigned`: a certificate from the hub's own small authority, which is kept for the next one. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { certificatesIn, isIssuedBy, namesOf } from "../../config/index.ts";
import { HubError, messageOf, Secret } from "../../kernel/index.ts";
import { type Pair, type SecretStore, tlsFolder } from "./place.ts";
import { replaceFiles } from "./replace-files.ts";

/** Name of the authority's key among the secrets. */
const AUTHORITY_SECRET = "tls-authority-key";

export interface AuthorityPlace {
  readonly certificate: string;
  readonly key: { readonly file: string } | { readonly secret: string };
}

export interface SelfSigned {
  readonly pair: Pair;
  readonly authority: Pair;
  /** It did not exist before: every device must trust it once. */
  readonly isNew: boolean;
}

/** No hub needs the authority's key: without a vault it lies in a file of its owner alone. */
export function authorityPlace(configFile: string, keepsSecrets: boolean): AuthorityPlace {
  const folder = tlsFolder(configFile);
  return {
    certificate: join(folder, "ca.crt"),
    key: keepsSecrets ? { secret: AUTHORITY_SECRET } : { file: join(folder, "ca.key") },
  };
}

/**
 * Signs a certificate for these hosts, with the authority that is there, or one that is made and written now.
 * @param options.replaceAuthority makes a new one though there is one
 * @throws HubError `certificate-unusable` when the authority is not for such hosts, or its key is gone
 */
export async function selfSign(
  hosts: readonly string[],
  place: AuthorityPlace,
  options: {
    readonly store: SecretStore;
    readonly now: number;
    readonly replaceAuthority: boolean;
    readonly group?: number | undefined;
  },
): Promise<SelfSigned> {
  const { store, now, replaceAuthority, group } = options;
  // The libraries that write certificates are large; no other command waits for them.
  const { newAuthority, newLeaf } = await import("./local-authority.ts");
  const known = replaceAuthority ? undefined : await readAuthority(place, store);
  if (known !== undefined) {
    await checkAuthority(known, place, hosts, now);
    return { pair: await newLeaf(known, hosts, now), authority: known, isNew: false };
  }
  const authority = await newAuthority(hosts, now);
  const pair = await newLeaf(authority, hosts, now);
  const certificate = { path: place.certificate, text: authority.certificate, secret: false, group };
  if ("file" in place.key)
    replaceFiles([{ path: place.key.file, text: authority.key.reveal(), secret: true }, certificate]);
  else {
    await store.write(place.key.secret, authority.key);
    replaceFiles([certificate]);
  }
  return { pair, authority, isNew: true };
}

/** Whether this authority's certificate signed the first one of a PEM text; false when either is not there. */
export function isFromAuthority(certificateFile: string, { certificate }: AuthorityPlace): boolean {
  const leaf = firstOf(certificateFile);
  const authority = firstOf(certificate);
  return leaf !== undefined && authority !== undefined && isIssuedBy(leaf, authority);
}

/** Hosts of the certificate that is in place: those of the next one. */
export function hostsOf(certificateFile: string): readonly string[] {
  const leaf = firstOf(certificateFile);
  return leaf === undefined ? [] : namesOf(leaf);
}

function firstOf(file: string): X509Certificate | undefined {
  try {
    return certificatesIn(readFileSync(file, "utf8"))[0];
  } catch {
    return undefined; // not there, or none: there is nothing to go by
  }
}

async function readAuthority({ certificate, key }: AuthorityPlace, store: SecretStore): Promise<Pair | undefined> {
  if (!existsSync(certificate)) return undefined;
  const { isAuthority } = await import("./local-authority.ts");
  const found = "file" in key ? readKey(key.file) : await store.read(key.secret);
  const authority = found === undefined ? undefined : { certificate: readFileSync(certificate, "utf8"), key: found };
  if (authority !== undefined && isAuthority(authority)) return authority;
  const where = "file" in key ? key.file : `${store.what}, as ${key.secret}`;
  throw new HubError(
    "certificate-unusable",
    `The authority ${certificate} cannot sign: its key is not in ${where}. Bring the key back, or make a new authority with --new-authority; every device must trust that one again.`,
  );
}

function readKey(file: string): Secret | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return new Secret(readFileSync(file, "utf8"));
  } catch (error) {
    throw new HubError("certificate-unusable", `The authority's key ${file} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

async function checkAuthority(
  authority: Pair,
  { certificate }: AuthorityPlace,
  hosts: readonly string[],
  now: number,
): Promise<void> {
  const parsed = new X509Certificate(authority.certificate);
  const again = "Make a new one with --new-authority; every device must trust it once.";
  if (parsed.validToDate.getTime() <= now)
    throw new HubError("certificate-unusable", `The authority ${certificate} is over. ${again}`);
  const { refusedBy } = await import("./name-constraints.ts");
  const refused = refusedBy(parsed, hosts);
  if (refused.length > 0)
    throw new HubError(
      "certificate-unusable",
      `The authority ${certificate} may sign for its own hosts alone, and ${refused.join(", ")} is none of them. ${again}`,
    );
}
