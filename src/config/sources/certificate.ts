/** The TLS certificate and its key: that they can be read, belong together, and that browsers will take them. */
import { createPrivateKey, type X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Secret } from "../../kernel/index.ts";
import {
  certificatesIn,
  dateText,
  expiryOf,
  isFor,
  isIssuedBy,
  isSelfSigned,
  lacksIssuer,
  namesOf,
  shortName,
} from "./certificate-facts.ts";

export interface CheckedCertificate {
  readonly problems: readonly { readonly key: "certificate" | "key"; readonly message: string }[];
  readonly warnings: readonly string[];
}

export interface CertificateUse {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Names of the files, for messages. */
  readonly names: { readonly certificate: string; readonly key: string };
  /** The host that people type, when it is known. */
  readonly host: string | undefined;
  /** Browsers are told to use HTTPS alone. */
  readonly hsts: boolean;
}

/** What cannot serve is a problem; what browsers will not like is a warning, since it can be so for a moment. */
export function checkCertificate(certificate: string, key: Secret, use: CertificateUse): CheckedCertificate {
  const { names } = use;
  const chain = attempt(() => certificatesIn(certificate));
  const leaf = chain?.[0];
  const privateKey = attempt(() => createPrivateKey(key.reveal()));
  const problems: CheckedCertificate["problems"][number][] = [];
  const unusable = `${names.certificate} cannot be used to serve HTTPS: a certificate of its chain is damaged, or the key is too weak`;
  if (chain === undefined) problems.push({ key: "certificate", message: unusable });
  else if (leaf === undefined)
    problems.push({ key: "certificate", message: `${names.certificate} holds no certificate in PEM form` });
  if (privateKey === undefined)
    problems.push({ key: "key", message: `${names.key} holds no private key in PEM form, or one with a pass phrase` });
  if (chain === undefined || leaf === undefined || privateKey === undefined) return { problems, warnings: [] };
  if (!leaf.checkPrivateKey(privateKey))
    problems.push({
      key: "key",
      message: `the key in ${names.key} is not that of the first certificate in ${names.certificate}; the host's own comes first, then its chain`,
    });
  // The whole chain, and keys too weak to be used: what the proxy itself would refuse.
  else if (attempt(() => createSecureContext({ cert: certificate, key: key.reveal() })) === undefined)
    problems.push({ key: "certificate", message: unusable });
  const warnings = [
    ...expiryWarnings(leaf, names.certificate, use.now),
    ...hostWarnings(leaf, use),
    ...chainWarnings(chain, names.certificate, use.now),
  ];
  return { problems, warnings };
}

/** Sentences about a certificate's time, none while it is good. */
function expiryWarnings(leaf: X509Certificate, file: string, now: number): string[] {
  const { state, from, until } = expiryOf(leaf, now);
  switch (state) {
    case "over":
      return [`The certificate ${file} expired on ${dateText(until)}: browsers refuse it.`];
    case "not-yet":
      return [
        `The certificate ${file} is valid only from ${dateText(from)}: browsers refuse it until then. Look at this host's clock too.`,
      ];
    case "soon":
      return [`The certificate ${file} expires on ${dateText(until)}.`];
    case "good":
      return [];
  }
}

/** A certificate that ends is spoken of again so long before, in milliseconds. */
const REMINDERS_MS = [14, 7, 1].map((days) => days * 86_400_000);

/** When there is something to be said next of a chain that nobody changes; undefined: never. */
export function nextWarning(chain: readonly X509Certificate[], now: number): number | undefined {
  const times = chain.flatMap((certificate, index) => {
    const { until, changesAt } = expiryOf(certificate, now);
    const reminders = index === 0 ? REMINDERS_MS.map((before) => until - before) : [];
    return changesAt === undefined ? [] : [changesAt, ...reminders];
  });
  const coming = times.filter((time) => time > now);
  return coming.length === 0 ? undefined : Math.min(...coming);
}

function hostWarnings(leaf: X509Certificate, { names, host, hsts }: CertificateUse): string[] {
  const warnings: string[] = [];
  if (host !== undefined && !isFor(leaf, host))
    warnings.push(
      `The certificate ${names.certificate} is not for ${host}, the host of publicUrl, but for ${namesOf(leaf).join(", ") || "no host at all"}: browsers refuse it.`,
    );
  if (hsts && isSelfSigned(leaf))
    warnings.push(
      `The certificate ${names.certificate} is signed by itself, and tls.hsts forbids browsers to let anybody past their warning; write hsts: false.`,
    );
  return warnings;
}

function chainWarnings(chain: readonly X509Certificate[], file: string, now: number): string[] {
  const warnings = chain.slice(1).flatMap((certificate) => {
    const { state, until } = expiryOf(certificate, now);
    const name = shortName(certificate.subject);
    return state === "over"
      ? [`In ${file} the certificate of “${name}” expired on ${dateText(until)}: browsers refuse the chain.`]
      : [];
  });
  const order = orderWarning(chain, file);
  const last = chain.at(-1);
  if (order === undefined && last !== undefined && lacksIssuer(last))
    warnings.push(
      `In ${file} the certificate of “${shortName(last.issuer)}” is missing, which signed that of “${shortName(last.subject)}”: many programs refuse it. Use the file with the whole chain (fullchain), or “hublet tls import”.`,
    );
  return order === undefined ? warnings : [...warnings, order];
}

/** Each certificate must be signed by the one after it: the first place where it is not. */
export function orderWarning(chain: readonly X509Certificate[], file: string): string | undefined {
  for (const [index, next] of chain.slice(1).entries()) {
    const certificate = chain[index];
    if (certificate === undefined || isIssuedBy(certificate, next)) continue;
    const name = shortName(certificate.subject);
    const issuer = chain.find((each) => each !== certificate && isIssuedBy(certificate, each));
    return issuer === undefined
      ? `In ${file} the certificate of “${shortName(next.subject)}” follows that of “${name}”, but did not sign it: it does not belong there.`
      : `In ${file} the chain is out of order: “${shortName(issuer.subject)}” signed the certificate of “${name}” and must follow it. “hublet tls import” puts it in order.`;
  }
  return undefined;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined; // whatever the library says of malformed PEM, the sentence above says it better
  }
}
