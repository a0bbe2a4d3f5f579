/** PKCS#12 files (.p12, .pfx), as Windows and many authorities give them: with RC2 and 3DES from old programs, AES from new ones. */
import forge from "node-forge";
import { messageOf } from "../../kernel/index.ts";
import { type AskPassword, type Entry, TRIES, unusable } from "./entry.ts";

/** OpenSSL writes 2048, careful programs some hundred thousand; more would only keep us busy. */
const MAX_ITERATIONS = 2_000_000;

/**
 * The certificates and keys in it, as PEM parts.
 * @throws HubError `certificate-unusable` when it is damaged, of an unknown kind, or nobody knows its password
 */
export async function openPkcs12(name: string, bytes: Buffer, ask: AskPassword): Promise<Entry[]> {
  refuseIterations(name, parse(name, bytes), 0);
  const open = opened(name, bytes, undefined) ?? opened(name, bytes, "");
  if (open !== undefined) return open;
  for (let tried = 0; tried < TRIES; tried++) {
    const password = await ask(name, tried > 0);
    if (password === undefined) break;
    const found = opened(name, bytes, password);
    if (found !== undefined) return found;
  }
  throw unusable(
    `${name} has a password, and the right one was not given. Use --password-file, or answer on a terminal.`,
  );
}

function parse(name: string, bytes: Buffer): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(bytes.toString("latin1"), false);
  } catch (error) {
    throw unusable(`${name} is damaged: it begins like a PKCS#12 file, but cannot be read. Fetch it again.`, error);
  }
}

/** Undefined when the password is another. */
function opened(name: string, bytes: Buffer, password: string | undefined): Entry[] | undefined {
  const found = attempt(name, parse(name, bytes), password);
  const utf8 = Buffer.from(password ?? "").toString("latin1");
  if (found !== undefined || utf8 === password || password === undefined) return found;
  // The scheme of the check takes letters as UTF-16, AES as UTF-8, and the library gives both the same. What is decrypted
  // proves itself: certificates and keys are looked at one by one.
  return attempt(name, withoutCheck(parse(name, bytes)), utf8);
}

/** Without `macData`, the third part (RFC 7292, 4). */
function withoutCheck(parsed: forge.asn1.Asn1): forge.asn1.Asn1 {
  if (typeof parsed.value !== "string") parsed.value.splice(2);
  return parsed;
}

/** @param parsed is changed by reading it */
function attempt(name: string, parsed: forge.asn1.Asn1, password: string | undefined): Entry[] | undefined {
  try {
    const { safeContents } = forge.pkcs12.pkcs12FromAsn1(parsed, false, password);
    return safeContents.flatMap(({ safeBags }) => safeBags.flatMap(pemOf));
  } catch (error) {
    // A wrong password shows itself in many ways where there is no check.
    if (!/unsupported|Cannot read PKCS#12 PFX/i.test(messageOf(error))) return undefined;
    throw unusable(
      `${name} is a PKCS#12 file of a kind that cannot be read here (${messageOf(error)}). Turn it into PEM: openssl pkcs12 -in FILE -nodes -out all.pem, then import all.pem.`,
      error,
    );
  }
}

function pemOf(bag: forge.pkcs12.Bag): Entry[] {
  const { oids } = forge.pki;
  if (bag.type === oids.certBag)
    return [entry("certificate", bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1)];
  if (bag.type !== oids.keyBag && bag.type !== oids.pkcs8ShroudedKeyBag) return [];
  const key = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1; // of another kind than RSA, which the library does not know: it is PKCS#8 already
  return [entry("key", key)];
}

function entry(name: "certificate" | "key", value: forge.asn1.Asn1): Entry {
  const der = Buffer.from(forge.asn1.toDer(value).getBytes(), "latin1");
  const label = name === "key" ? "PRIVATE KEY" : "CERTIFICATE";
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return { name, bytes: Buffer.from(`-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`) };
}

/** Salt and count stand side by side in every scheme (RFC 7292, RFC 8018): an octet string, then an integer. */
function refuseIterations(name: string, node: forge.asn1.Asn1, depth: number): void {
  const { Type } = forge.asn1;
  const parts = typeof node.value === "string" ? inside(node) : node.value;
  if (depth > 30) return;
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (part.type === Type.INTEGER && before?.type === Type.OCTETSTRING && typeof part.value === "string") {
      const count = BigInt(`0x0${forge.util.bytesToHex(part.value)}`);
      if (count > BigInt(MAX_ITERATIONS))
        throw unusable(
          `${name} asks for ${count} rounds of its password's function, as if to keep us busy. Turn it into PEM: openssl pkcs12 -in FILE -nodes -out all.pem.`,
        );
    }
    refuseIterations(name, part, depth + 1);
  }
}

/** What an octet string holds, when that is ASN.1 too. */
function inside(node: forge.asn1.Asn1): forge.asn1.Asn1[] {
  if (node.type !== forge.asn1.Type.OCTETSTRING || typeof node.value !== "string") return [];
  try {
    return [forge.asn1.fromDer(node.value, false)];
  } catch {
    return []; // a salt, or something encrypted
  }
}
