/** Of all that was found: the host's own certificate, its key, and the chain that browsers need. */
import { isFor, isIssuedBy, isSelfSigned, namesOf, shortName } from "../../config/index.ts";
import { unusable } from "./entry.ts";
import type { FoundCertificate, FoundKey, Material } from "./material.ts";

export interface FoundPair {
  readonly leaf: FoundCertificate;
  readonly key: FoundKey;
  /** Those between the host's certificate and the root, in the order in which they are sent. */
  readonly chain: readonly FoundCertificate[];
  /** Left out of what is sent: whoever checks a chain has its root already. */
  readonly root: FoundCertificate | undefined;
  /** Certificates that belong to another chain. */
  readonly others: readonly FoundCertificate[];
}

/** Longer chains do not exist outside of attacks. */
const MAX_CHAIN = 10;

/**
 * @param host that people type, when it is known: decides between several certificates
 * @param now milliseconds since 1970
 * @throws HubError `certificate-unusable`
 */
export function pairOf(material: Material, given: string, host: string | undefined, now: number): FoundPair {
  const { certificates, keys } = material;
  if (certificates.length === 0) throw unusable(`${given} holds no certificate. ${seen(material)}`);
  if (keys.length === 0)
    throw unusable(
      `${given} holds no private key, only certificates (${certificates.map(called).join("; ")}). Name the key's file too: hublet tls import CERT KEY.`,
    );
  const pairs = certificates.flatMap((leaf) => {
    const key = keys.find((each) => leaf.certificate.checkPrivateKey(each.key));
    return key === undefined ? [] : [{ leaf, key }];
  });
  const best = pairs.toSorted((a, b) => rank(b.leaf, host, now) - rank(a.leaf, host, now))[0];
  if (best === undefined)
    throw unusable(
      `The key in ${keys.map(({ name }) => name).join(", ")} belongs to none of the certificates: ${certificates.map(called).join("; ")}. Find the key that the certificate was requested with.`,
    );
  const { chain, root } = chainOf(best.leaf, certificates);
  const used = new Set([best.leaf, ...chain, root]);
  return { ...best, chain, root, others: certificates.filter((each) => !used.has(each)) };
}

/** A host's own before an authority's, the one for this host first, then one that is valid now, then the one that lasts longest. */
function rank({ certificate }: FoundCertificate, host: string | undefined, now: number): number {
  const until = certificate.validToDate.getTime();
  const valid = until > now && certificate.validFromDate.getTime() <= now;
  const weights = [!certificate.ca, host !== undefined && isFor(certificate, host), valid];
  return weights.reduce((sum, holds, index) => sum + (holds ? 2 ** (2 - index) : 0) * 1e15, until / 10);
}

function chainOf(
  leaf: FoundCertificate,
  all: readonly FoundCertificate[],
): { readonly chain: readonly FoundCertificate[]; readonly root: FoundCertificate | undefined } {
  const chain: FoundCertificate[] = [];
  for (let last = leaf; !isSelfSigned(last.certificate) && chain.length < MAX_CHAIN; ) {
    const issuer = issuerOf(last, all);
    if (issuer === undefined) return { chain, root: undefined };
    if (isSelfSigned(issuer.certificate)) return { chain, root: issuer };
    if (chain.includes(issuer) || issuer === leaf) break;
    chain.push(issuer);
    last = issuer;
  }
  return { chain, root: undefined };
}

/** A root before a certificate of the same key that another root has signed: the chain is shorter so. */
function issuerOf(
  { certificate, name }: FoundCertificate,
  all: readonly FoundCertificate[],
): FoundCertificate | undefined {
  const named = all.filter((each) => certificate.checkIssued(each.certificate));
  const signers = named.filter((each) => isIssuedBy(certificate, each.certificate));
  const [wrong] = named;
  if (signers.length === 0 && wrong !== undefined)
    throw unusable(
      `The certificate of “${shortName(wrong.certificate.subject)}” in ${wrong.name} has the name of the one that signed “${shortName(certificate.subject)}” in ${name}, but the signature is not its. Fetch the chain again.`,
    );
  return signers.toSorted((a, b) => preference(b) - preference(a))[0];
}

function preference({ certificate }: FoundCertificate): number {
  return (isSelfSigned(certificate) ? 1e16 : 0) + certificate.validToDate.getTime();
}

/** A certificate for messages: whose, for what, and where it was found. */
export function called({ certificate, name }: FoundCertificate): string {
  const names = namesOf(certificate);
  return `“${shortName(certificate.subject)}”${names.length > 0 ? ` for ${names.slice(0, 3).join(", ")}` : ""} in ${name}`;
}

function seen({ keys, ignored }: Material): string {
  const files = [...keys.map(({ name }) => `a key in ${name}`), ...ignored];
  return `Found were: ${files.slice(0, 10).join("; ") || "no files at all"}.`;
}
