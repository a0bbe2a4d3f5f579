/** Hosts that a certificate can be for. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { HubError } from "../../kernel/index.ts";

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/;

/**
 * A name or address in the form in which certificates hold it: lower case, `xn--` for letters of the world, addresses short.
 * @throws HubError `name-invalid`
 */
export function checkedHost(host: string): string {
  const plain = host.trim().replace(/^\[(.*)\]$/, "$1");
  if (isIP(plain) !== 0) return canonicalAddress(plain);
  // What ends a host in an address would end it here too, without a word.
  const name = /[\s/\\?#@:]/.test(plain) ? "" : domainToASCII(plain).toLowerCase().replace(/\.$/, "");
  if (name.length > 0 && name.length <= 253 && name.split(".").every((label) => LABEL.test(label))) return name;
  throw new HubError(
    "name-invalid",
    `“${host.slice(0, 80)}” cannot be the name of a host. Write it as people type it in the address: lab.example.org, or an IP address.`,
  );
}

/** `2001:DB8:0::1` and `2001:db8::1` are the same; what is no address stays. */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? (URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? address) : address;
}

/** Four or sixteen bytes. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = canonicalAddress(address).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => "0");
  const all = [...groups(head), ...zeros, ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  return canonicalAddress(bytes.toString("hex").match(/.{4}/g)?.join(":") ?? "");
}
