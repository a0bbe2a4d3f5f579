/** A host where everything that the host's steps look at is right (Debian 13), and its deployment, for tests to change. */
import { join } from "node:path";
import type { FileState, HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import { folderPaths } from "./host-folders.ts";
import { dropInText } from "./host-manager.ts";
import { accountRecordPath } from "./host-records.ts";

export const UID = 995;

export function deploymentFixture(changes: Partial<Deployment> = {}): Deployment {
  const home = "/var/lib/hublet";
  return {
    engine: { kind: "podman" },
    account: "hublet",
    home,
    state: join(home, "state"),
    records: "/var/lib/hublet-deploy/hublet",
    configFolder: "/etc/hublet",
    configFile: "/etc/hublet/hublet.yaml",
    configFiles: [],
    address: "https://lab.example.org",
    containers: [],
    sockets: [],
    ports: [443],
    firewall: true,
    secrets: [],
    trust: { insecure: [], authorities: new Map() },
    serverImages: [],
    keep: 5,
    database: "sqlite",
    backupFolder: undefined,
    version: "1.0.0",
    ...changes,
  };
}

export function orderlyHost(deployment: Deployment, changes: Partial<HostState> = {}): HostState {
  const folder = (path: string): FileState => ({
    sha256: "",
    mode: 0o700,
    uid: path === deployment.records ? 0 : UID,
    gid: path === deployment.records ? 0 : UID,
    kind: "folder",
  });
  return {
    hostname: "lab",
    fqdn: "lab.example.org",
    distribution: { family: "debian", id: "debian", name: "Debian GNU/Linux 13 (trixie)", version: "13" },
    kernel: "6.12.0-1-amd64",
    architecture: "x86_64",
    systemd: 257,
    cgroups: { mode: "v2", available: ["cpu", "memory", "pids"], delegated: ["cpu", "memory", "pids"] },
    selinux: "disabled",
    selinuxTypes: {},
    commands: Object.fromEntries(
      [
        ...["podman", "crun", "conmon", "newuidmap", "newgidmap", "pasta", "netavark", "aardvark-dns", "catatonit"],
        ...["nft", "apt-get", "systemctl", "loginctl", "setpriv", "flock", "tar"],
      ].map((name) => [name, `/usr/bin/${name}`]),
    ),
    podman: "5.4.2",
    docker: undefined,
    quadlet: true,
    userBus: true,
    pamSystemd: true,
    accountFiles: {
      passwd: `root:x:0:0:root:/root:/bin/bash\nhublet:x:${UID}:${UID}::/var/lib/hublet:/usr/sbin/nologin\n`,
      group: `root:x:0:\nhublet:x:${UID}:\n`,
      subuid: "hublet:100000:1048576\n",
      subgid: "hublet:100000:1048576\n",
    },
    account: {
      ...{ name: "hublet", uid: UID, gid: UID, home: deployment.home, homeOwner: UID },
      ...{ linger: true, manager: true, lowPorts: true, managerFresh: true },
      dropIn: dropInText(deployment),
    },
    homeOwner: UID,
    files: Object.fromEntries(folderPaths(deployment).map((path) => [path, folder(path)])),
    contents: { [accountRecordPath(deployment)]: '{"made":true,"lingered":false}\n' },
    listings: {},
    containers: [],
    images: {},
    podmanSecrets: [],
    units: {},
    listening: [],
    firewall: undefined,
    packetFilter: false,
    disk: { freeBytes: 1e11, freeInodes: 1e7, totalBytes: 1e12 },
    ...changes,
  };
}

/** The same host before anything of ours came to it. */
export function bareHost(deployment: Deployment, changes: Partial<HostState> = {}): HostState {
  return orderlyHost(deployment, {
    accountFiles: { passwd: "root:x:0:0:root:/root:/bin/bash\n", group: "root:x:0:\n", subuid: "", subgid: "" },
    account: undefined,
    homeOwner: undefined,
    files: {},
    contents: {},
    ...changes,
  });
}
