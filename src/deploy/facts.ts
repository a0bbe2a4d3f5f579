import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { answersPing } from "./ping.ts";
import { run } from "./run.ts";

/** Programs that preparing a host asks about. */
export const KNOWN_COMMANDS = [
  "podman",
  "docker",
  "newuidmap",
  "newgidmap",
  "slirp4netns",
  "pasta",
  "fuse-overlayfs",
  "crun",
  "runc",
  "netavark",
  "aardvark-dns",
  "catatonit",
  "iptables",
  "nft",
  "mmdebstrap",
  "docker-registry",
  "apt-get",
  "dnf",
  "loginctl",
] as const;
export type KnownCommand = (typeof KNOWN_COMMANDS)[number];

export type CgroupMode = "v1" | "hybrid" | "v2" | "none";

/** Who something is asked for; the current user when no account exists yet. */
export interface Identity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What this host is and has. Read once, then passed to the planners. */
export interface HostFacts {
  readonly distribution: Distribution;
  readonly kernel: string;
  /** The effective user of this process. */
  readonly uid: number;
  /** PID 1 is systemd. */
  readonly systemd: boolean;
  readonly cgroups: {
    readonly mode: CgroupMode;
    /** cgroup2 controllers that the account may use (`memory`, `cpu`, `pids`, …). */
    readonly delegated: readonly string[];
  };
  /** Whether the account can open the device nodes for reading and writing. */
  readonly devices: { readonly fuse: boolean; readonly tun: boolean };
  /** Path of each program that is there. */
  readonly commands: Readonly<Partial<Record<KnownCommand, string>>>;
  readonly podmanVersion: string | undefined;
  /** Docker's socket answers this process (which, as root, may reach more than the account will). */
  readonly dockerAnswers: boolean;
  readonly dockerSocket: string;
  /** The keys that `mmdebstrap` checks Debian's archive with are installed. */
  readonly debianKeyring: boolean;
  /** The package that gives each user manager of systemd a bus is installed. */
  readonly userBus: boolean;
  /** Kernel's limit of user namespaces; 0 switches rootless containers off. */
  readonly userNamespaces: number;
  /** Subordinate ids the account has; 0 when none. */
  readonly subordinateIds: { readonly uids: number; readonly gids: number };
}

export interface Distribution {
  readonly family: "debian" | "fedora" | "other";
  /** `ID` of os-release (`debian`, `ubuntu`, `fedora`, `rocky`, …). */
  readonly id: string;
  /** `VERSION_ID`, or `""` (Debian sid has none). */
  readonly version: string;
  readonly name: string;
}

/** Reads the host for `account` (the current user when absent). Never throws for something missing. */
export async function readHost(
  options: { readonly account?: Identity; readonly dockerSocket?: string } = {},
): Promise<HostFacts> {
  const uid = process.geteuid?.() ?? -1;
  const account = options.account;
  const accountUid = account?.uid ?? uid;
  const commands = await findCommands();
  const dockerSocket = options.dockerSocket ?? "/var/run/docker.sock";
  const [osRelease, pid1, mode, namespaces, fuse, tun, keyring, userBus, subuid, subgid, docker, podman] =
    await Promise.all([
      text("/etc/os-release"),
      text("/proc/1/comm"),
      cgroupMode(),
      text("/proc/sys/user/max_user_namespaces"),
      canOpen("/dev/fuse", account),
      canOpen("/dev/net/tun", account),
      exists("/usr/share/keyrings/debian-archive-keyring.gpg"),
      exists("/usr/lib/systemd/user/dbus.socket"),
      text("/etc/subuid"),
      text("/etc/subgid"),
      answersPing(dockerSocket, 2_000),
      commands.podman === undefined ? undefined : run([commands.podman, "--version"], { timeout: 10_000 }),
    ]);
  const systemd = pid1.trim() === "systemd";
  const name = account?.name ?? (await nameOf(uid));
  return {
    distribution: parseOsRelease(osRelease),
    kernel: release(),
    uid,
    systemd,
    cgroups: { mode, delegated: mode === "v2" ? await delegatedControllers(accountUid) : [] },
    devices: { fuse, tun },
    commands,
    podmanVersion: /version (\S+)/.exec(podman?.stdout ?? "")?.[1],
    dockerAnswers: docker,
    dockerSocket,
    debianKeyring: keyring,
    userBus,
    userNamespaces: Number.parseInt(namespaces, 10) || 0,
    subordinateIds: { uids: countIds(subuid, name, accountUid), gids: countIds(subgid, name, accountUid) },
  };
}

/** Reads `/etc/os-release` (os-release(5)); relatives are recognised by `ID_LIKE`. */
export function parseOsRelease(source: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of source.split("\n")) {
    const match = /^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], match[2] ?? match[3] ?? match[4] ?? "");
  }
  const id = fields.get("ID") ?? "";
  const kin = [id, ...(fields.get("ID_LIKE") ?? "").split(" ")];
  const family =
    kin.includes("debian") || kin.includes("ubuntu")
      ? "debian"
      : kin.includes("fedora") || kin.includes("rhel")
        ? "fedora"
        : "other";
  return {
    family,
    id,
    version: fields.get("VERSION_ID") ?? "",
    name: fields.get("PRETTY_NAME") ?? (id || "an unknown system"),
  };
}

/** Sum of the ids that `/etc/subuid` or `/etc/subgid` gives to an account, by name or by number (subuid(5)). */
export function countIds(source: string, name: string, uid: number): number {
  let sum = 0;
  for (const line of source.split("\n")) {
    const [owner, , count] = line.trim().split(":");
    if (owner === name || owner === String(uid)) sum += Number.parseInt(count ?? "0", 10) || 0;
  }
  return sum;
}

async function findCommands(): Promise<Partial<Record<KnownCommand, string>>> {
  // Network helpers live outside PATH: Debian's in /usr/lib/podman, Fedora's in /usr/libexec/podman.
  const folders = [
    ...(process.env.PATH ?? "").split(":").filter((folder) => folder.startsWith("/")),
    ...["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/lib/podman", "/usr/libexec/podman"],
  ];
  const found: Partial<Record<KnownCommand, string>> = {};
  for (const command of KNOWN_COMMANDS) {
    for (const folder of new Set(folders)) {
      const path = join(folder, command);
      if (await executable(path)) {
        found[command] = path;
        break;
      }
    }
  }
  return found;
}

/** systemd's own definition: `/sys/fs/cgroup` is cgroup2 (v2), or a tmpfs with `unified` (hybrid) or without (v1). */
async function cgroupMode(): Promise<CgroupMode> {
  if (await exists("/sys/fs/cgroup/cgroup.controllers")) return "v2";
  if (await exists("/sys/fs/cgroup/unified/cgroup.controllers")) return "hybrid";
  return (await exists("/sys/fs/cgroup/memory")) || (await exists("/sys/fs/cgroup/systemd")) ? "v1" : "none";
}

async function delegatedControllers(uid: number): Promise<readonly string[]> {
  // With systemd the user's manager owns this subtree; elsewhere a folder counts only when the account owns it.
  const managed = `/sys/fs/cgroup/user.slice/user-${uid}.slice/user@${uid}.service`;
  const own = /^0::(\/.*)$/m.exec(await text("/proc/self/cgroup"))?.[1] ?? "/";
  for (const folder of [managed, join("/sys/fs/cgroup", own)]) {
    const owner = await stat(folder).catch(() => undefined);
    if (owner?.uid === uid && uid !== 0)
      return (await text(join(folder, "cgroup.controllers"))).trim().split(" ").filter(Boolean);
  }
  return [];
}

async function canOpen(path: string, account: Identity | undefined): Promise<boolean> {
  if (account === undefined || account.uid === process.geteuid?.()) {
    return await access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
  }
  const identity = { uid: account.uid, gid: account.gid, cwd: "/" };
  return (await run(["test", "-r", path, "-a", "-w", path], identity)).code === 0;
}

async function nameOf(uid: number): Promise<string> {
  const line = (await text("/etc/passwd")).split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[0] ?? String(uid);
}

async function executable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function text(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
