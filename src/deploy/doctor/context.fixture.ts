/** A host where the doctor finds nothing (Debian 13 with a deployment), for tests to spoil. */
import { parseConfig } from "../../config/index.ts";
import { sha256 } from "../../kernel/index.ts";
import type { Host, HostRunOptions } from "../host/port.ts";
import type { HostState } from "../host/state.ts";
import { UNIT_LABEL } from "../model/deployment.ts";
import type { RunResult } from "../run.ts";
import { deploymentFixture, orderlyHost, UID } from "../steps/host/host-state.fixture.ts";
import { factsFrom } from "./facts.ts";
import type { CheckContext } from "./types.ts";

export const CONFIG = `
listen: "*:443"
publicUrl: https://lab.example.org
tls: {certificate: tls/lab.crt, key: tls/lab.key, redirectFrom: 80}
server: {image: "localhost/lab/notebook:1"}
`;
const HUB_UNIT = ".config/containers/systemd/hublet-hub.container";
const PROXY_SOCKET = ".config/systemd/user/hublet-proxy-public.socket";
const HUB_IMAGE = "localhost/hublet-hub:1.0.0-0123456789ab";
const UNITS = {
  [HUB_UNIT]: `[Container]\nImage=${HUB_IMAGE}\nLabel=${UNIT_LABEL}=abc\nPodmanArgs=--secret=hublet-hub.key,type=mount\n`,
  [PROXY_SOCKET]: "[Socket]\nListenStream=443\nService=hublet-hub.service\n",
};
const PODMAN = {
  host: { networkBackend: "netavark", cgroupManager: "systemd", ociRuntime: { name: "crun" } },
  store: {
    ...{ graphDriverName: "overlay", graphRoot: "/var/lib/hublet/.local/share/containers/storage" },
    ...{ graphOptions: {}, graphStatus: { "Native Overlay Diff": "true" } },
  },
};

/** Parts as the scripts print them. */
export const ORDERLY_PARTS: Readonly<Record<string, string>> = {
  id: "0",
  clock: "1800000000",
  cmdline: "root=/dev/sda1 ro",
  sysctl: "user/max_user_namespaces=60000\nnet/ipv4/ip_unprivileged_port_start=1024\nfs/inotify/max_user_instances=128",
  idmap: "newuidmap=4755 0 \nnewgidmap=755 0 cap_setgid=ep",
  helpers: ["pasta", "netavark", "aardvark-dns", "nft", "crun", "conmon"]
    .map((name) => `${name}=/usr/bin/${name}`)
    .join("\n"),
  devices: "/dev/fuse=666 0 0\n/dev/net/tun=666 0 0",
  manager: [
    ...["ActiveState=active", "Delegate=yes", "DelegateControllers=cpu cpuset io memory pids"],
    ...["AmbientCapabilities=cap_net_bind_service", "NeedDaemonReload=no"],
    `DropInPaths=/etc/systemd/system/user@${UID}.service.d/hublet.conf`,
  ].join("\n"),
  limits:
    "Limit  Soft Limit Hard Limit Units\nMax open files            1024                 524288               files",
  runtime: `${UID} 700`,
  mounts: "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:5 / /var/tmp rw - tmpfs tmpfs rw",
  space: "/var/lib/hublet /dev/sda1 100000000 40000000 60000000 40% /\n/var/tmp tmpfs 8000000 0 8000000 0% /var/tmp",
  inodes: "/var/lib/hublet /dev/sda1 6000000 400000 5600000 7% /",
  resolv: "nameserver 192.0.2.53",
  memory: "MemTotal:       16000000 kB\nMemAvailable:   12000000 kB\nSwapTotal:       2000000 kB",
  pressure: "some avg10=0.00 avg60=0.00 avg300=0.10 total=1",
  "config-files": `750 0 ${UID} d /etc/hublet\n640 0 ${UID} f /etc/hublet/hublet.yaml`,
  "state-files": `700 ${UID} ${UID} d /var/lib/hublet/state\n600 ${UID} ${UID} f /var/lib/hublet/state/hublet.db`,
  journal: "folder=yes",
  addresses: "192.0.2.10 ",
  names: "192.0.2.10      STREAM lab.example.org",
  sockets: `LISTEN 0 511 *:443 *:* users:(("systemd",pid=9,fd=8)) uid:${UID} cgroup:/user.slice/user-${UID}.slice`,
  timedate: "CanNTP=yes\nNTP=yes\nNTPSynchronized=yes",
  "podman-answer": JSON.stringify(PODMAN),
  "uid-map": `0 ${UID} 1\n1 100000 1048576`,
  "podman-socket": "LoadState=loaded\nActiveState=active\nUnitFileState=enabled",
  "failed-units": "",
};

export interface Spoiled {
  readonly parts?: Readonly<Record<string, string>>;
  readonly state?: Partial<HostState>;
  readonly account?: Partial<NonNullable<HostState["account"]>>;
  readonly config?: string;
  readonly context?: Partial<CheckContext>;
  readonly host?: Partial<Host>;
}

export function contextWith(spoiled: Spoiled = {}): CheckContext {
  const deployment = deploymentFixture();
  const home = deployment.home;
  const orderly = orderlyHost(deployment, {
    containers: [{ name: "hublet-hub", image: HUB_IMAGE, running: true, labels: { [UNIT_LABEL]: "abc" } }],
    images: { [HUB_IMAGE]: "1", "localhost/lab/notebook:1": "2" },
    podmanSecrets: ["hublet-hub.key"],
    listening: [443, 80].map((port) => ({ address: `[::]:${port}`, process: "systemd" })),
    files: Object.fromEntries(
      Object.entries(UNITS).map(([path, text]) => [
        `${home}/${path}`,
        { sha256: sha256(text), mode: 0o600, uid: UID, gid: UID, kind: "file" as const },
      ]),
    ),
  });
  const { account } = orderly;
  if (account === undefined) throw new Error("the orderly host has an account");
  return {
    host: recordingHost(spoiled.host),
    engine: "podman",
    dockerSocket: undefined,
    target: {
      ...{ account: "hublet", home, state: deployment.state },
      ...{ configFile: deployment.configFile, records: deployment.records },
    },
    state: { ...orderly, account: { ...account, ...spoiled.account }, ...spoiled.state },
    facts: factsFrom({ ...ORDERLY_PARTS, ...spoiled.parts }),
    // The text alone: the files that it names need not be there.
    config: parseConfig(spoiled.config ?? CONFIG, "hublet.yaml"),
    configProblem: undefined,
    generation: {
      ...{ number: 3, created: "2026-11-22T04:00:00.000Z", by: "root", version: "1.0.0", images: {}, units: UNITS },
      ...{ configuration: {}, databaseBackup: null, databaseVersion: null },
    },
    ...{ deployed: true, privileged: true, now: 1_800_000_000_000, signal: new AbortController().signal },
    ...spoiled.context,
  };
}

/** Answers each command by the first of the answers whose key its line holds; other commands succeed and say nothing. */
export function answering(answers: Readonly<Record<string, Partial<RunResult>>>): {
  readonly run: Host["run"];
  readonly lines: string[];
} {
  const lines: string[] = [];
  const run = async (argv: readonly string[], _options?: HostRunOptions): Promise<RunResult> => {
    const line = argv.join(" ");
    lines.push(line);
    const found = Object.entries(answers).find(([key]) => line.includes(key))?.[1];
    return { code: 0, stdout: "", stderr: "", ...found };
  };
  return { run, lines };
}

function recordingHost(changes: Partial<Host> = {}): Host {
  const { run } = answering({});
  const unused = (): never => {
    throw new Error("no check changes a host");
  };
  return {
    ...{ name: "lab", local: true, run, mustRun: run, readFile: async () => undefined },
    ...{ writeFiles: unused, remove: unused, lock: unused, close: async () => undefined },
    ...changes,
  };
}
