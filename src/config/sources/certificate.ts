/** The TLS certificate and its key: that they can be read, belong together and are not over. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Secret } from "../../kernel/index.ts";

export interface CheckedCertificate {
  readonly problems: readonly { readonly key: "certificate" | "key"; readonly message: string }[];
  readonly warnings: readonly string[];
}

/** Days before its end from which a certificate is warned of. */
const SOON_DAYS = 7;

/**
 * @param now milliseconds since 1970
 * @param names of the files, for messages
 */
export function checkCertificate(
  certificate: string,
  key: Secret,
  now: number,
  names: { readonly certificate: string; readonly key: string },
): CheckedCertificate {
  const leaf = attempt(() => new X509Certificate(certificate));
  const privateKey = attempt(() => createPrivateKey(key.reveal()));
  const problems: CheckedCertificate["problems"][number][] = [];
  if (leaf === undefined)
    problems.push({ key: "certificate", message: `${names.certificate} holds no certificate in PEM form` });
  if (privateKey === undefined)
    problems.push({ key: "key", message: `${names.key} holds no private key in PEM form, or one with a pass phrase` });
  if (leaf === undefined || privateKey === undefined) return { problems, warnings: [] };
  if (!leaf.checkPrivateKey(privateKey))
    problems.push({
      key: "key",
      message: `the key in ${names.key} is not that of the first certificate in ${names.certificate}; the host's own comes first, then its chain`,
    });
  // The whole chain, and keys too weak to be used: what the proxy itself would refuse.
  else if (attempt(() => createSecureContext({ cert: certificate, key: key.reveal() })) === undefined)
    problems.push({
      key: "certificate",
      message: `${names.certificate} cannot be used to serve HTTPS: a certificate of its chain is damaged, or the key is too weak`,
    });
  const days = (Date.parse(leaf.validTo) - now) / 86_400_000;
  const warnings =
    days < 0
      ? [`The certificate ${names.certificate} expired on ${leaf.validTo}: browsers refuse it.`]
      : days < SOON_DAYS
        ? [`The certificate ${names.certificate} expires on ${leaf.validTo}.`]
        : [];
  return { problems, warnings };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined; // whatever the library says of malformed PEM, the sentence above says it better
  }
}
