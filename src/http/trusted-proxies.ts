/** Other proxies before ours, whose word about the client's address is believed (`trustedProxies`). */
import { BlockList, isIP } from "node:net";

const lists = new WeakMap<readonly string[], BlockList>();

/**
 * The client's address: the last entry of X-Forwarded-For that none of the trusted proxies wrote about itself. Our own
 * proxy adds the last one; everything left of the first untrusted address is anybody's invention.
 * @param forwarded X-Forwarded-For, oldest first
 * @param trusted addresses or networks (`10.0.0.0/8`)
 */
export function clientAddress(forwarded: string, trusted: readonly string[]): string {
  const hops = forwarded.split(",").map((hop) => hop.trim());
  let address = hops.pop() ?? "";
  for (
    let next = hops.pop();
    next !== undefined && isIP(next) !== 0 && isTrusted(address, trusted);
    next = hops.pop()
  ) {
    address = next;
  }
  return address;
}

function isTrusted(address: string, trusted: readonly string[]): boolean {
  if (trusted.length === 0) return false;
  const family = isIP(address);
  if (family === 0) return false;
  return listOf(trusted).check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Made once for each configuration: snapshots never change. */
function listOf(trusted: readonly string[]): BlockList {
  const known = lists.get(trusted);
  if (known !== undefined) return known;
  const list = new BlockList();
  for (const entry of trusted) {
    const [network = "", prefix] = entry.split("/");
    const family = isIP(network) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  lists.set(trusted, list);
  return list;
}
