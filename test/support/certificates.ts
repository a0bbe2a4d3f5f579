/** Self-signed certificates for tests. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";

export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

/** A pair for `localhost` and 127.0.0.1, valid for a day around now, or as said. */
export async function selfSigned(
  name: string,
  {
    from = Date.now() - 3_600_000,
    to = Date.now() + 86_400_000,
  }: { readonly from?: number; readonly to?: number } = {},
): Promise<TestPair> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(from),
    notAfter: new Date(to),
    signingAlgorithm: algorithm,
    keys: keys as never, // the library's types are the browser's
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
  return { certificate: certificate.toString("pem"), key };
}
