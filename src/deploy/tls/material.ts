/** Certificates and private keys in files, found by what the files hold. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { type PemBlock, pemBlocks } from "../../config/index.ts";
import { messageOf } from "../../kernel/index.ts";
import { type AskPassword, type Entry, TRIES, unusable } from "./entry.ts";

export interface FoundCertificate {
  readonly certificate: X509Certificate;
  /** The file, and where in an archive. */
  readonly name: string;
}

export interface FoundKey {
  readonly key: KeyObject;
  readonly name: string;
}

export interface Material {
  /** Each once. */
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly FoundKey[];
  /** Files that hold neither: notes, requests for certificates. */
  readonly ignored: readonly string[];
}

/** A file of certificates for all of a system holds some hundred. */
const MAX_CERTIFICATES = 500;
const MAX_KEYS = 20;

/** @throws HubError `certificate-unusable` naming the file that is damaged, or whose pass phrase nobody knows */
export async function materialOf(entries: readonly Entry[], ask: AskPassword): Promise<Material> {
  const certificates = new Map<string, FoundCertificate>();
  const keys: FoundKey[] = [];
  const ignored: string[] = [];
  for (const { name, bytes } of entries) {
    const before = certificates.size + keys.length;
    let known = false;
    for (const part of partsOf(name, bytes)) {
      if (part.kind === "certificate") {
        known ||= certificates.has(part.certificate.fingerprint256);
        if (!known) certificates.set(part.certificate.fingerprint256, { certificate: part.certificate, name });
      } else keys.push({ key: await openKey(name, part, ask), name });
      if (certificates.size > MAX_CERTIFICATES || keys.length > MAX_KEYS)
        throw unusable(`${name} holds more certificates or keys than one host has. Give only those of this host.`);
    }
    if (certificates.size + keys.length === before && !known) ignored.push(name);
  }
  return { certificates: [...certificates.values()], keys, ignored };
}

type Part =
  | { readonly kind: "certificate"; readonly certificate: X509Certificate }
  | { readonly kind: "key"; readonly pem: string | Buffer; readonly locked: boolean };

function partsOf(name: string, bytes: Buffer): Part[] {
  const text = textOf(bytes);
  if (!text.includes("-----BEGIN ")) return binaryParts(bytes);
  let blocks: PemBlock[];
  try {
    blocks = pemBlocks(text);
  } catch (error) {
    throw unusable(`${name} is damaged: ${messageOf(error)}. Fetch it again.`, error);
  }
  return blocks.flatMap((block) => partOf(name, block));
}

function partOf(name: string, { label, block }: PemBlock): Part[] {
  if (label === "PKCS7" || label === "CMS")
    throw unusable(
      `${name} is a PKCS#7 bundle, which is not read here. Turn it into PEM: openssl pkcs7 -print_certs -in FILE -out chain.pem, and give chain.pem.`,
    );
  if (label.endsWith("CERTIFICATE")) {
    try {
      return [{ kind: "certificate", certificate: new X509Certificate(block) }];
    } catch (error) {
      throw unusable(`${name} holds a damaged certificate (${messageOf(error)}). Fetch it again.`, error);
    }
  }
  if (!/^((RSA|EC|ENCRYPTED) )?PRIVATE KEY$/.test(label)) return [];
  const locked = label.startsWith("ENCRYPTED") || /^Proc-Type: 4,ENCRYPTED/m.test(block);
  return [{ kind: "key", pem: block, locked }];
}

/** DER, which Windows calls .cer; anything else is no part at all. */
function binaryParts(bytes: Buffer): Part[] {
  if (bytes[0] !== 0x30) return [];
  try {
    return [{ kind: "certificate", certificate: new X509Certificate(bytes) }];
  } catch {
    // It may still be a key.
  }
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const) {
    try {
      const pem = createPrivateKey({ key: bytes, format: "der", type }).export({ type: "pkcs8", format: "pem" });
      return [{ kind: "key", pem, locked: false }];
    } catch {
      // Another form, or none.
    }
  }
  return [];
}

/** Notepad saves UTF-16 with a mark in front. */
function textOf(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString("latin1");
}

async function openKey(name: string, { pem, locked }: Part & { kind: "key" }, ask: AskPassword): Promise<KeyObject> {
  if (!locked) {
    try {
      return createPrivateKey(pem);
    } catch (error) {
      throw unusable(`${name} holds a private key that cannot be read (${messageOf(error)}). Fetch it again.`, error);
    }
  }
  for (let tried = 0; tried < TRIES; tried++) {
    const passphrase = await ask(name, tried > 0);
    if (passphrase === undefined) break;
    try {
      return createPrivateKey({ key: pem, passphrase });
    } catch {
      // Whether it is the pass phrase or the file, the library does not say for sure: ask again.
    }
  }
  throw unusable(
    `The private key in ${name} has a pass phrase, and the right one was not given. Use --password-file, or answer on a terminal.`,
  );
}
