/** What the configured certificate is, and whether browsers take it. */
import { createPrivateKey, type X509Certificate } from "node:crypto";
import { certificatesIn, orderWarning, shortName } from "../../config/index.ts";
import { messageOf, type Secret } from "../../kernel/index.ts";
import { judge } from "./judge.ts";

export interface TlsLook {
  /** As the file has them, the host's own first. */
  readonly chain: readonly X509Certificate[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * @param file of the certificate, for messages
 * @param key undefined when it could not be had, which others tell
 * @param host that people type, when it is known
 * @param now milliseconds since 1970
 */
export function lookAtTls(
  { text, file }: { readonly text: string; readonly file: string },
  key: Secret | undefined,
  { host, now }: { readonly host: string | undefined; readonly now: number },
): TlsLook {
  let chain: readonly X509Certificate[];
  try {
    chain = certificatesIn(text);
  } catch (error) {
    return { chain: [], problems: [`${file} holds a damaged certificate (${messageOf(error)}).`], warnings: [] };
  }
  const [leaf, ...rest] = chain.map((certificate) => ({ certificate, name: file }));
  if (leaf === undefined) return { chain, problems: [`${file} holds no certificate in PEM form.`], warnings: [] };
  const { errors, warnings } = judge({ leaf, chain: rest, root: undefined }, host, now);
  const order = orderWarning(chain, file);
  const foreign = key !== undefined && !belongs(leaf.certificate, key);
  return {
    chain,
    problems: [
      ...errors,
      ...(order === undefined ? [] : [order]),
      ...(foreign ? [`The key is not that of “${shortName(leaf.certificate.subject)}” in ${file}.`] : []),
    ],
    warnings,
  };
}

function belongs(certificate: X509Certificate, key: Secret): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key.reveal()));
  } catch {
    return false; // no key at all
  }
}
