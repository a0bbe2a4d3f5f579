/** Other proxies before ours, whose word about the client's address is believed (`trustedProxies`). */
import { isIP } from "node:net";
import { networkMatcher } from "../kernel/index.ts";

const matchers = new WeakMap<readonly string[], (address: string) => boolean>();

/**
 * The client's address: the last entry of X-Forwarded-For that none of the trusted proxies wrote about itself. Our own
 * proxy adds the last one; everything left of the first untrusted address is anybody's invention.
 * @param forwarded X-Forwarded-For, oldest first
 * @param trusted addresses or networks (`10.0.0.0/8`)
 */
export function clientAddress(forwarded: string, trusted: readonly string[]): string {
  const hops = forwarded.split(",").map((hop) => hop.trim());
  const isTrusted = matcherOf(trusted);
  let address = hops.pop() ?? "";
  for (let next = hops.pop(); next !== undefined && isIP(next) !== 0 && isTrusted(address); next = hops.pop()) {
    address = next;
  }
  return address;
}

/** Made once for each configuration: snapshots never change. */
function matcherOf(trusted: readonly string[]): (address: string) => boolean {
  const known = matchers.get(trusted);
  if (known !== undefined) return known;
  const matcher = networkMatcher(trusted);
  matchers.set(trusted, matcher);
  return matcher;
}
