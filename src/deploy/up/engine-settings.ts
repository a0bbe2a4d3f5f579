import { access } from "node:fs/promises";
import { join } from "node:path";
import { registryBlocks } from "../../images/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { HostFacts } from "../facts.ts";
import type { Account } from "./account.ts";
import { mustRunAs, runAs, writeAs } from "./as-account.ts";
import { NETWORK_VARIABLES } from "./become.ts";
import type { Runtime } from "./runtime.ts";

/** How layers of images are stacked: by the kernel, by a helper program, or by copying everything. */
export type StorageKind = "overlay" | "fuse-overlayfs" | "vfs";

export interface SettingsInput {
  readonly facts: HostFacts;
  readonly account: Account;
  readonly runtime: Runtime;
  /** The account's state folder; the settings lie in `engine/` below it. */
  readonly stateDir: string;
}

/**
 * The text of containers.conf(5). Where there is no delegated cgroup2, crun refuses hybrid control groups and systemd
 * cannot make any, so runc and plain cgroupfs are used; and Podman's default limit of processes, which it could not
 * set there, is switched off because newer versions take that for an error.
 */
export function renderContainersConf(input: SettingsInput): string {
  const { facts, runtime } = input;
  const cgroup2 = facts.cgroups.mode === "v2";
  const wanted = cgroup2 && facts.commands.crun !== undefined ? "crun" : "runc";
  const runtimeName = facts.commands[wanted] === undefined ? undefined : wanted;
  const delegated = cgroup2 && runtime.systemdUser;
  return lines([
    "# Written by hublet at every start: changes are lost.",
    "[containers]",
    'log_driver = "k8s-file"',
    facts.cgroups.delegated.includes("pids") && delegated ? undefined : "pids_limit = 0",
    "",
    "[engine]",
    runtimeName === undefined ? undefined : `runtime = "${runtimeName}"`,
    `cgroup_manager = "${delegated ? "systemd" : "cgroupfs"}"`,
    // Without a journal nobody would hear events; a file works everywhere.
    'events_logger = "file"',
    "",
    facts.commands.netavark === undefined ? undefined : '[network]\nnetwork_backend = "netavark"',
  ]);
}

/** The text of containers-storage.conf(5). The places are Podman's own defaults, so that a plain `podman ps` agrees. */
export function renderStorageConf(input: SettingsInput, kind: StorageKind): string {
  return lines([
    "# Written by hublet at every start: changes are lost.",
    "[storage]",
    `driver = "${kind === "vfs" ? "vfs" : "overlay"}"`,
    `runroot = ${quoted(join(input.runtime.runtimeDir, "containers"))}`,
    `graphroot = ${quoted(graphRoot(input.account))}`,
    kind === "fuse-overlayfs"
      ? `\n[storage.options.overlay]\nmount_program = ${quoted(input.facts.commands["fuse-overlayfs"] ?? "/usr/bin/fuse-overlayfs")}`
      : undefined,
  ]);
}

/**
 * The text of containers-registries.conf(5): a name without a registry means Docker Hub, as people expect it.
 * @param insecure addresses of registries without TLS
 */
export function renderRegistriesConf(insecure: readonly string[] = []): string {
  return `# Written by hublet at every start: changes are lost.
unqualified-search-registries = ["docker.io"]
${registryBlocks(insecure)}`;
}

/**
 * The environment of every podman process (and nothing of the caller's but proxies and locale).
 * @param stateDir the folder whose `engine/` holds the settings; `ownStorage` false leaves a person's storage.conf in force
 */
export function engineEnvironment(
  input: Pick<SettingsInput, "account" | "runtime" | "stateDir"> & { readonly ownStorage: boolean },
): Record<string, string> {
  const folder = join(input.stateDir, "engine");
  const { account, runtime } = input;
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: process.env.LANG ?? "C.UTF-8",
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    XDG_RUNTIME_DIR: runtime.runtimeDir,
    CONTAINERS_CONF: join(folder, "containers.conf"),
    CONTAINERS_REGISTRIES_CONF: join(folder, "registries.conf"),
  };
  if (input.ownStorage) env.CONTAINERS_STORAGE_CONF = join(folder, "storage.conf");
  if (runtime.systemdUser) env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${join(runtime.runtimeDir, "bus")}`;
  for (const name of NETWORK_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

export interface EngineSettings {
  readonly env: Record<string, string>;
  readonly storage: StorageKind | "own";
  readonly notes: readonly string[];
}

/**
 * Writes the settings and proves them by `podman info`, trying native overlay, then fuse-overlayfs, then copying.
 * @throws HubError `engine-refused` with what podman says
 */
export async function ensureEngineSettings(input: SettingsInput): Promise<EngineSettings> {
  const { account, facts } = input;
  const folder = join(input.stateDir, "engine");
  await writeAs(account, join(folder, "containers.conf"), renderContainersConf(input));
  await writeAs(account, join(folder, "registries.conf"), renderRegistriesConf());
  await ensurePolicy(account);
  // A person who chose a place for images keeps it: two places behind one runtime folder would share locks.
  const own = (await runAs(account, ["test", "-e", join(account.home, ".config/containers/storage.conf")])).code === 0;
  const env = engineEnvironment({ ...input, ownStorage: !own });
  if (own)
    return {
      env,
      storage: "own",
      notes: [await probe(account, env)].flatMap((said) => (said === undefined ? [] : [said])),
    };
  const kinds: StorageKind[] =
    facts.commands["fuse-overlayfs"] === undefined ? ["overlay", "vfs"] : ["overlay", "fuse-overlayfs", "vfs"];
  let said = "";
  for (const kind of kinds) {
    await writeAs(account, join(folder, "storage.conf"), renderStorageConf(input, kind));
    const complaint = await probe(account, env);
    if (complaint === undefined) return { env, storage: kind, notes: kind === "vfs" ? [VFS_NOTE] : [] };
    said = complaint;
    if (!/overlay|mount_program|fuse/i.test(complaint)) break;
  }
  throw new HubError(
    "engine-refused",
    `Podman does not run for the account “${account.name}”: ${said} Mend that, or choose another engine in the configuration.`,
  );
}

const VFS_NOTE =
  "Neither the kernel nor fuse-overlayfs can stack the layers of images here, so each is copied whole: images need several times the space. Install fuse-overlayfs to change that.";

/** What podman complains about, or nothing when it works with these settings. */
async function probe(account: Account, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const result = await runAs(account, ["podman", "info", "--format", "{{.Store.GraphDriverName}}"], {
    env,
    cwd: account.home,
    timeout: 60_000,
  });
  return result.code === 0 ? undefined : result.stderr.trim().slice(-600);
}

/** Podman refuses every image without a policy; distributions ship one, so this matters to hand-made hosts only. */
async function ensurePolicy(account: Account): Promise<void> {
  const own = join(account.home, ".config/containers/policy.json");
  const shipped = await access("/etc/containers/policy.json").then(
    () => true,
    () => false,
  );
  if (shipped || (await runAs(account, ["test", "-e", own])).code === 0) return;
  await mustRunAs(account, ["install", "-d", "-m", "0700", join(account.home, ".config/containers")]);
  await writeAs(account, own, '{ "default": [{ "type": "insecureAcceptAnything" }] }\n');
}

function graphRoot(account: Account): string {
  return join(account.home, ".local/share/containers/storage");
}

/** A TOML basic string: JSON's escapes are a subset of its own. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function lines(parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined).join("\n")}\n`;
}
