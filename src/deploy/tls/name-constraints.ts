/**
 * The hosts that a small authority may sign for (RFC 5280, 4.2.1.10). A device that trusts it trusts it for these alone:
 * whoever gets hold of its key can pretend to be this host, and no other.
 */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import forge from "node-forge";
import { addressBytes, addressText, canonicalAddress } from "./hosts.ts";

export const NAME_CONSTRAINTS = "2.5.29.30";

const { asn1 } = forge;
/** Tags of GeneralName, and of the two lists. */
const DNS = 2;
const ADDRESS = 7;
const PERMITTED = 0;
const EXCLUDED = 1;

/** The extension's value, in DER. Kinds of which there is no host are ruled out as a whole. */
export function constraintsFor(hosts: readonly string[]): Uint8Array<ArrayBuffer> {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const permitted = [
    ...hosts.filter((host) => isIP(host) === 0).map((host) => subtree(DNS, host)),
    ...addresses.map((address) => subtree(ADDRESS, withMask(addressBytes(address), 0xff))),
  ];
  const version = (size: number): boolean => addresses.some((address) => addressBytes(address).length === size);
  const excluded = [
    ...(hosts.length === addresses.length ? [subtree(DNS, "")] : []),
    ...[4, 16].filter((size) => !version(size)).map((size) => subtree(ADDRESS, withMask(Buffer.alloc(size), 0))),
  ];
  const list = (tag: number, trees: forge.asn1.Asn1[]): forge.asn1.Asn1[] =>
    trees.length === 0 ? [] : [asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, trees)];
  const value = sequence([...list(PERMITTED, permitted), ...list(EXCLUDED, excluded)]);
  return Uint8Array.from(Buffer.from(asn1.toDer(value).getBytes(), "latin1"));
}

/** Hosts that the authority may not sign for; none when it names no bounds. */
export function refusedBy(authority: X509Certificate, hosts: readonly string[]): readonly string[] {
  const permitted = permittedBy(authority);
  if (permitted === undefined) return [];
  return hosts.filter((host) =>
    isIP(host) === 0
      ? !permitted.names.some((name) => host === name || host.endsWith(`.${name}`))
      : !permitted.addresses.includes(canonicalAddress(host)),
  );
}

interface Permitted {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** As `constraintsFor` writes them. */
function permittedBy(authority: X509Certificate): Permitted | undefined {
  const certificate = asn1.fromDer(authority.raw.toString("latin1"));
  const bytes = extensionValue(certificate);
  if (bytes === undefined) return undefined;
  const lists = parts(asn1.fromDer(bytes));
  const names: string[] = [];
  const addresses: string[] = [];
  for (const tree of lists.filter(({ type }) => type === PERMITTED).flatMap(parts)) {
    const [base] = parts(tree);
    if (typeof base?.value !== "string") continue;
    if (base.type === DNS) names.push(base.value);
    if (base.type === ADDRESS) addresses.push(addressOf(Buffer.from(base.value, "latin1")));
  }
  return { names, addresses };
}

/** Anywhere in the certificate: the identifier, perhaps the mark “critical”, then the value. */
function extensionValue(node: forge.asn1.Asn1): string | undefined {
  const inner = parts(node);
  const [first] = inner;
  const last = inner.at(-1);
  const named =
    first?.type === asn1.Type.OID && typeof first.value === "string" && asn1.derToOid(first.value) === NAME_CONSTRAINTS;
  if (named && typeof last?.value === "string") return last.value;
  for (const part of inner) {
    const found = extensionValue(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parts({ value }: forge.asn1.Asn1): forge.asn1.Asn1[] {
  return typeof value === "string" ? [] : value;
}

function sequence(inner: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, inner);
}

function subtree(tag: number, value: string): forge.asn1.Asn1 {
  return sequence([asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, value)]);
}

/** An address and its mask, as the library has bytes. */
function withMask(address: Buffer, mask: number): string {
  return Buffer.concat([address, Buffer.alloc(address.length, mask)]).toString("latin1");
}

function addressOf(addressAndMask: Buffer): string {
  return addressText(addressAndMask.subarray(0, addressAndMask.length / 2));
}
