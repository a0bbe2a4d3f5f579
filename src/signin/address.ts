/** Which addresses count as one client. */
import { isIP, isIPv6 } from "node:net";

/**
 * The key of an address for counting: an IPv4 address itself, an IPv6 address's /64 (its holder has all of it, so each
 * attempt could come from another address). What is no address at all shares one key.
 */
export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/, "");
  if (isIP(bare) === 0) return "unknown";
  if (!isIPv6(bare)) return bare;
  const groups = ipv6Groups(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight numbers of an address that `net.isIPv6` accepts. */
function ipv6Groups(address: string): number[] {
  // The URL parser knows every way to write one, also with an IPv4 address at the end.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = numbers(head);
  const after = tail === undefined ? [] : numbers(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
