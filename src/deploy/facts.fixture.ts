import type { HostFacts } from "./facts.ts";

/** A host where everything is right (Debian 13 with systemd and cgroup2), for tests to change. */
export function hostFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    distribution: { family: "debian", id: "debian", version: "13", name: "Debian GNU/Linux 13 (trixie)" },
    kernel: "6.12.0-1-amd64",
    uid: 0,
    systemd: true,
    cgroups: { mode: "v2", delegated: ["cpu", "memory", "pids"] },
    devices: { fuse: true, tun: true },
    commands: {
      podman: "/usr/bin/podman",
      newuidmap: "/usr/bin/newuidmap",
      newgidmap: "/usr/bin/newgidmap",
      pasta: "/usr/bin/pasta",
      crun: "/usr/bin/crun",
      netavark: "/usr/lib/podman/netavark",
      "aardvark-dns": "/usr/lib/podman/aardvark-dns",
      catatonit: "/usr/bin/catatonit",
      nft: "/usr/sbin/nft",
      mmdebstrap: "/usr/bin/mmdebstrap",
    },
    podmanVersion: "5.4.2",
    dockerAnswers: false,
    dockerSocket: "/var/run/docker.sock",
    debianKeyring: true,
    userBus: true,
    userNamespaces: 60_000,
    subordinateIds: { uids: 65_536, gids: 65_536 },
    ...changes,
  };
}
