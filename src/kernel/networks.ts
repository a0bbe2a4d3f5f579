/** Lists of addresses and networks, as configurations have them. */
import { BlockList, isIP } from "node:net";

/**
 * Tells whether an address is in one of some networks.
 * @param networks addresses (`127.0.0.1`, `::1`) or networks (`10.0.0.0/8`); what is neither is left out
 * @returns false for what is no address; an IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4
 */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of networks) {
    const [network = "", prefix] = entry.split("/");
    const family = isIP(network);
    if (family === 0) continue;
    const type = family === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(network, type);
    else list.addSubnet(network, Number(prefix), type);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
