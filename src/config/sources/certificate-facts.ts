/** What certificates say, and how they hang together. Times are milliseconds since 1970. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";

const DAY_MS = 86_400_000;
/** A certificate is warned of so long before its end… */
const SOON_MS = 21 * DAY_MS;
/** …or in the last quarter of its life, since those that live for days are renewed by programs in time… */
const SOON_SHARE = 1 / 4;
/** …and always from here on. */
const LAST_MS = 2 * DAY_MS;

type ExpiryState = "not-yet" | "good" | "soon" | "over";

export interface Expiry {
  readonly state: ExpiryState;
  readonly from: number;
  readonly until: number;
  /** When the state changes next; undefined when it is over. For timers. */
  readonly changesAt: number | undefined;
}

/** How a certificate stands at a moment. */
export function expiryOf(certificate: X509Certificate, now: number): Expiry {
  const from = certificate.validFromDate.getTime();
  const until = certificate.validToDate.getTime();
  const soon = until - Math.max(LAST_MS, Math.min(SOON_MS, (until - from) * SOON_SHARE));
  const standing = (): Pick<Expiry, "state" | "changesAt"> => {
    if (now > until) return { state: "over", changesAt: undefined };
    if (now < from) return { state: "not-yet", changesAt: from };
    return now < soon ? { state: "good", changesAt: soon } : { state: "soon", changesAt: until + 1 };
  };
  return { from, until, ...standing() };
}

/** `2027-03-01 14:05 UTC` */
export function dateText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/**
 * Every certificate of a PEM text, in its order; other blocks are passed over.
 * @throws when one is damaged or cut off
 */
export function certificatesIn(text: string): X509Certificate[] {
  return pemBlocks(text)
    .filter(({ label }) => label.endsWith("CERTIFICATE"))
    .map(({ block }) => new X509Certificate(block));
}

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  readonly block: string;
}

/** Parts of a PEM text. One pass, whatever the text. @throws when a part is cut off */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf("-----BEGIN "); at !== -1; at = text.indexOf("-----BEGIN ", at)) {
    const label = /^[A-Z0-9 ]{1,40}(?=-----)/.exec(text.slice(at + 11, at + 60))?.[0];
    if (label === undefined) {
      at += 11;
      continue;
    }
    const last = `-----END ${label}-----`;
    const end = text.indexOf(last, at);
    if (end === -1) throw new Error(`a part that begins with “-----BEGIN ${label}-----” is cut off`);
    blocks.push({ label, block: `${text.slice(at, end + last.length)}\n` });
    at = end + last.length;
  }
  return blocks;
}

/** DNS names and addresses that a certificate is for. Its common name is none of them: browsers do not look there. */
export function namesOf(certificate: X509Certificate): string[] {
  const found = certificate.subjectAltName?.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  return [...found].map((match) => match[1] ?? "");
}

/** @param host a DNS name or an address, without brackets */
export function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: "never", partialWildcards: false }) !== undefined;
}

/** The host of an address, without brackets; undefined for what is none. */
export function hostOf(address: string): string | undefined {
  return URL.parse(address)?.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** What a certificate's subject or issuer is called: its common name, else all of it. */
export function shortName(subject: string | undefined): string {
  const lines = (subject ?? "").split("\n");
  return lines.find((line) => line.startsWith("CN="))?.slice(3) ?? (lines.join(", ") || "no name");
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** By name and signature. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** One of the public roots that browsers know is its issuer. */
function isIssuedByKnownRoot(certificate: X509Certificate): boolean {
  return rootCertificates.some((pem) => isIssuedBy(certificate, new X509Certificate(pem)));
}

/**
 * The certificate that comes next is missing, as when `cert.pem` was taken for `fullchain.pem`. Told by the address
 * where it may be had, which public authorities write down; a small authority's root is on the devices instead.
 */
export function lacksIssuer(last: X509Certificate): boolean {
  return last.infoAccess?.includes("CA Issuers") === true && !isSelfSigned(last) && !isIssuedByKnownRoot(last);
}
