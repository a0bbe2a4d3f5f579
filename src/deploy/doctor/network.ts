/** What containers need to reach the network, and to be reached. */
import { error, fine, installSteps, skipped, step, warning } from "./finding.ts";
import { podmanInfo } from "./podman-info.ts";
import type { Check, CheckContext } from "./types.ts";

export const networkChecks: readonly Check[] = [
  {
    id: "network-helper",
    group: "network",
    title: "the program that connects containers is there",
    deep: false,
    async run(context) {
      const { podman } = context.state;
      if (podman === undefined) return skipped("Podman is not installed.");
      const has = context.facts.values("helpers");
      const modern = Number.parseInt(podman, 10) >= 5;
      // Podman 5 may be told to use slirp4netns; before 4.4 it knows nothing else.
      const wanted = modern ? "pasta" : "slirp4netns";
      if (!has.has(wanted) && !(modern && has.has("slirp4netns") && usesSlirp(context)))
        return [
          error(
            `${wanted} is missing, which Podman ${podman} connects containers with.`,
            "No server starts: a container without root gets its network from this program.",
            {
              fix: installSteps(
                context,
                modern ? { debian: "passt", fedora: "passt" } : { debian: "slirp4netns", fedora: "slirp4netns" },
              ),
              safe: true,
            },
          ),
        ];
      const tun = context.facts.values("devices").get("/dev/net/tun");
      if (tun === undefined) return [];
      const why = `${wanted} makes a network device for each container.`;
      if (tun === "") return [error("/dev/net/tun is missing.", why, { fix: [step("modprobe", "tun")], safe: true })];
      if ((Number.parseInt(tun, 8) & 0o006) !== 0o006)
        return [
          error(`/dev/net/tun has mode ${tun.split(" ")[0]}: the account may not open it.`, why, {
            fix: [step("chmod", "666", "/dev/net/tun")],
            safe: true,
          }),
        ];
      return [];
    },
  },
  {
    id: "network-backend",
    group: "network",
    title: "netavark and aardvark-dns are there",
    deep: false,
    async run(context) {
      if (context.state.podman === undefined) return skipped("Podman is not installed.");
      if (podmanInfo(context.facts)?.host.networkBackend === "cni") return fine("Podman uses the older CNI.");
      const has = context.facts.values("helpers");
      const missing = ["netavark", "aardvark-dns"].filter((name) => !has.has(name));
      if (missing.length === 0) return [];
      const names = missing.join(" ");
      return [
        (missing.includes("netavark") ? error : warning)(
          `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing.`,
          "Networks between containers, and their names in them, are made by these programs.",
          {
            fix: installSteps(context, { debian: names, fedora: names }),
            safe: true,
          },
        ),
      ];
    },
  },
  {
    id: "packet-filter",
    group: "network",
    title: "nft or iptables is there for netavark",
    deep: false,
    async run(context) {
      if (context.state.podman === undefined) return skipped("Podman is not installed.");
      const has = context.facts.values("helpers");
      const modern = Number.parseInt(context.state.podman, 10) >= 5;
      if (has.has("iptables") || (modern && has.has("nft"))) return [];
      const why =
        "netavark says only “No such file or directory” without it, and servers on a network of their own do not start.";
      return [
        error(`${modern ? "Neither nft nor iptables" : "iptables"} is ${modern ? "there" : "missing"}.`, why, {
          fix: installSteps(
            context,
            modern ? { debian: "nftables", fedora: "nftables" } : { debian: "iptables", fedora: "iptables-nft" },
          ),
          safe: true,
        }),
      ];
    },
  },
  {
    id: "resolver",
    group: "network",
    title: "names can be looked up, by a server that containers reach too",
    deep: false,
    async run({ facts }) {
      const servers = nameservers(facts.part("resolv"));
      const why =
        "Servers get their name servers from /etc/resolv.conf; without a reachable one pip, git and sign-in fail by name.";
      if (servers.length === 0)
        return [
          error("/etc/resolv.conf names no name server.", why, {
            advice:
              "Write one: echo 'nameserver ADDRESS' > /etc/resolv.conf, or repair NetworkManager or systemd-resolved, which write it.",
          }),
        ];
      if (servers.some((server) => !isLoopback(server))) return [];
      const upstream = nameservers(facts.part("upstream-resolv")).filter((server) => !isLoopback(server));
      if (upstream.length > 0) return fine(`by systemd-resolved; containers use ${upstream.join(", ")}.`);
      return [
        warning(
          `/etc/resolv.conf names only this host itself (${servers.join(", ")}).`,
          "Inside of a container that address is the container, so names cannot be looked up there.",
          {
            advice:
              'Let the local name server listen on the host\'s own address too, or name a server in containers.conf: dns_servers = ["ADDRESS"]. “hublet doctor --deep” tries it out.',
          },
        ),
      ];
    },
  },
];

function usesSlirp(context: CheckContext): boolean {
  return (context.facts.part("podman-answer") ?? "").includes('"rootlessNetworkCmd": "slirp4netns"');
}

export function nameservers(source = ""): string[] {
  return source.split("\n").flatMap((line) => /^nameserver\s+(\S+)/.exec(line.trim())?.[1] ?? []);
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
