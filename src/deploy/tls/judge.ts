/** Whether browsers will take a certificate. */
import type { X509Certificate } from "node:crypto";
import { dateText, expiryOf, isFor, isSelfSigned, lacksIssuer, namesOf, shortName } from "../../config/index.ts";
import type { FoundCertificate } from "./material.ts";
import type { FoundPair } from "./pair.ts";

export interface Judgement {
  /** Why browsers refuse it, in sentences. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";
/** Of RSA, in bits: what browsers and the rules of public authorities ask for. */
const RSA_BITS = 2048;
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];

/** @param host that people type, when it is known */
export function judge(
  { leaf, chain, root }: Pick<FoundPair, "leaf" | "chain" | "root">,
  host: string | undefined,
  now: number,
): Judgement {
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const each of [leaf, ...chain]) {
    errors.push(...timeErrors(each, now), ...strengthErrors(each));
    if (each !== leaf && !each.certificate.ca)
      errors.push(`The certificate of ${about(each)} signed another, but is not that of an authority.`);
  }
  errors.push(...useErrors(leaf), ...hostErrors(leaf, host));
  const { state, until } = expiryOf(leaf.certificate, now);
  if (state === "soon") warnings.push(`It expires soon, on ${dateText(until)}: get the next one.`);
  if (isSelfSigned(leaf.certificate))
    warnings.push(
      "It is signed by itself: every browser warns of it, unless it was trusted by hand. “hublet tls selfsigned” makes one with a small authority that can be trusted once.",
    );
  const last = chain.at(-1) ?? leaf;
  if (root === undefined && lacksIssuer(last.certificate))
    warnings.push(
      `The certificate of “${shortName(last.certificate.issuer)}” is missing, which signed that of ${about(last)}: many programs refuse the chain so. Ask for the bundle (chain, intermediates) and name its file too.`,
    );
  return { errors, warnings };
}

function timeErrors(found: FoundCertificate, now: number): string[] {
  const { state, from, until } = expiryOf(found.certificate, now);
  if (state === "over") return [`The certificate of ${about(found)} expired on ${dateText(until)}.`];
  if (state === "not-yet")
    return [`The certificate of ${about(found)} is valid only from ${dateText(from)}; is this host's clock right?`];
  return [];
}

function strengthErrors(found: FoundCertificate): string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = found.certificate.publicKey;
  const errors: string[] = [];
  if (type === "rsa" && (details?.modulusLength ?? 0) < RSA_BITS)
    errors.push(`The RSA key of ${about(found)} has ${details?.modulusLength} bits, and browsers ask for ${RSA_BITS}.`);
  else if (type === "ec" && !CURVES.includes(details?.namedCurve ?? ""))
    errors.push(`The key of ${about(found)} is on the curve ${details?.namedCurve}, which browsers do not know.`);
  else if (type !== "rsa" && type !== "ec")
    errors.push(`The key of ${about(found)} is of the kind ${type}, which browsers do not know.`);
  const { signatureAlgorithm = "" } = found.certificate;
  if (/sha1|md5|md2/i.test(signatureAlgorithm) && !isSelfSigned(found.certificate))
    errors.push(`The certificate of ${about(found)} is signed with ${signatureAlgorithm}, which browsers refuse.`);
  return errors;
}

function useErrors(leaf: FoundCertificate): string[] {
  const usage = usagesOf(leaf.certificate);
  if (usage === undefined || usage.includes(SERVER_AUTH) || usage.includes(ANY_USAGE)) return [];
  return [`The certificate of ${about(leaf)} is not for web servers: its extended key usage lacks serverAuth.`];
}

/** Extended key usage; Node calls it otherwise. */
function usagesOf(certificate: X509Certificate): readonly string[] | undefined {
  const usages: readonly string[] | undefined = certificate.keyUsage;
  return usages;
}

function hostErrors(leaf: FoundCertificate, host: string | undefined): string[] {
  const names = namesOf(leaf.certificate);
  if (names.length === 0)
    return [
      `The certificate of ${about(leaf)} names no host as a subject alternative name, and browsers look nowhere else.`,
    ];
  if (host === undefined || isFor(leaf.certificate, host)) return [];
  return [
    `The certificate in ${leaf.name} is for ${names.join(", ")}, not for ${host}, the host of publicUrl. Correct publicUrl, or take the certificate of that host.`,
  ];
}

function about({ certificate, name }: FoundCertificate): string {
  return `“${shortName(certificate.subject)}” in ${name}`;
}
