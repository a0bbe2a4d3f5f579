/** A small certificate authority of one hub, for hosts that no public one can prove: it signs for that host alone. */
import "reflect-metadata";
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as X509Template,
} from "@peculiar/x509";
import { randomHex, Secret } from "../../kernel/index.ts";
import { constraintsFor, NAME_CONSTRAINTS } from "./name-constraints.ts";
import type { Pair } from "./place.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AUTHORITY_DAYS = 3652;
/** Browsers refuse more of public certificates, and some of any. */
const LEAF_DAYS = 397;
/** Clocks of devices are not ours. */
const BEFORE_MS = HOUR_MS;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * An authority for these hosts, valid for ten years.
 * @param hosts checked by `checkedHost`, at least one
 * @param now milliseconds since 1970
 */
export async function newAuthority(hosts: readonly string[], now: number): Promise<Pair> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // Never the same twice: browsers mix up authorities of one name.
  const name = [{ CN: [`Hublet authority of ${hosts[0] ?? ""} ${randomHex(3)}`] }];
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: name, issuer: name, serialNumber: newSerial() },
    notBefore: new Date(now - BEFORE_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: spkiOf(publicKey),
    signingKey: signingKey(privateKey),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new Extension(NAME_CONSTRAINTS, true, constraintsFor(hosts)),
      await SubjectKeyIdentifierExtension.create(spkiOf(publicKey)),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: pemOf(privateKey) };
}

/** A certificate for these hosts with a key of its own, valid for 397 days or as long as the authority. */
export async function newLeaf(authority: Pair, hosts: readonly string[], now: number): Promise<Pair> {
  const issuer = new X509Template(authority.certificate);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = await X509CertificateGenerator.create({
    // No name of a host: browsers read those of the extension, and some programs take what looks like one for another.
    subject: [{ CN: [`Hublet at ${hosts[0] ?? ""}`] }],
    ...{ issuer: issuer.subject, serialNumber: newSerial() },
    notBefore: new Date(now - BEFORE_MS),
    notAfter: new Date(Math.min(now - BEFORE_MS + LEAF_DAYS * DAY_MS, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    publicKey: spkiOf(publicKey),
    signingKey: signingKey(createPrivateKey(authority.key.reveal())),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ),
      await SubjectKeyIdentifierExtension.create(spkiOf(publicKey)),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: pemOf(privateKey) };
}

/** The key is that of the certificate, and it is an authority's. */
export function isAuthority({ certificate, key }: Pair): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.ca && parsed.checkPrivateKey(createPrivateKey(key.reveal()));
  } catch {
    return false; // damaged: the same to whoever asks
  }
}

/** 127 bits, positive, with no zero in front. */
function newSerial(): string {
  return `4${randomHex(16).slice(1)}`;
}

function spkiOf(key: KeyObject): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(key.export({ type: "spki", format: "der" }));
}

function signingKey(key: KeyObject): never {
  return key.toCryptoKey(ALGORITHM, false, ["sign"]) as never; // the library's types are the browser's
}

function pemOf(key: KeyObject): Secret {
  return new Secret(String(key.export({ type: "pkcs8", format: "pem" })));
}
