import { chmod, chown, lstat, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { HubError, randomHex, systemCode } from "../../kernel/index.ts";
import type { HostFacts } from "../facts.ts";
import { run } from "../run.ts";
import type { Account } from "./account.ts";
import { canUseAs, runAs, writeAs } from "./as-account.ts";

/** What an account needs at run time besides its home. */
export interface Runtime {
  /** `XDG_RUNTIME_DIR`: owned by the account, mode 0700, gone or cleared after a boot. */
  readonly runtimeDir: string;
  /** The account's systemd manager has a bus there, so systemd can make control groups for its containers. */
  readonly systemdUser: boolean;
  readonly notes: readonly string[];
}

/**
 * Finds or makes the runtime folder, and (as root) lets the account live without a login session and opens the device
 * nodes that rootless containers need.
 * @throws HubError `state-unusable` when no safe folder can be had
 */
export async function ensureRuntime(account: Account, facts: HostFacts, log: (line: string) => void): Promise<Runtime> {
  const root = facts.uid === 0;
  const notes: string[] = [];
  if (root && facts.systemd) notes.push(...(await linger(account, log)));
  const runtimeDir = await findRuntimeDir(account, root);
  if (!runtimeDir.startsWith("/run/user/")) await clearAfterBoot(account, runtimeDir);
  notes.push(...(await ensureDevices(account, root, log)));
  return { runtimeDir, systemdUser: facts.systemd && (await isSocket(join(runtimeDir, "bus"))), notes };
}

/** Lingering keeps the account's systemd manager, and `/run/user/UID`, without anyone signing in. */
async function linger(account: Account, log: (line: string) => void): Promise<readonly string[]> {
  if (await isOwned(`/run/user/${account.uid}`, account.uid)) return [];
  log(`loginctl enable-linger ${account.name}`);
  const result = await run(["loginctl", "enable-linger", account.name]);
  // The manager starts in the background; `systemctl start` waits for it.
  const started = await run(["systemctl", "start", `user@${account.uid}.service`], { timeout: 60_000 });
  if (result.code === 0 && started.code === 0) return [];
  return [
    `systemd could not start a manager for ${account.name}: ${(result.stderr || started.stderr).trim()} Limits of containers cannot be enforced without it.`,
  ];
}

async function findRuntimeDir(account: Account, root: boolean): Promise<string> {
  const given = root ? undefined : process.env.XDG_RUNTIME_DIR;
  for (const candidate of [given, `/run/user/${account.uid}`, `/run/hublet-${account.uid}`]) {
    if (candidate !== undefined && (await isOwned(candidate, account.uid))) return candidate;
  }
  // /run is root's alone; /tmp is everybody's, so there a folder that another account made first is refused.
  const made = root ? `/run/hublet-${account.uid}` : `/tmp/hublet-${account.uid}`;
  await mkdir(made, { mode: 0o700 }).catch((error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
  if (root) {
    const found = await lstat(made);
    if (found.isDirectory() && found.uid === 0) await chown(made, account.uid, account.gid);
  }
  if (await isOwned(made, account.uid)) return made;
  throw new HubError(
    "state-unusable",
    `The runtime folder ${made} cannot be used: it is not a folder of “${account.name}” with mode 0700. Someone else may have made it. Remove it, or set XDG_RUNTIME_DIR to a folder of your own with mode 0700.`,
  );
}

/**
 * Podman takes its runtime folder for one that vanishes at boot. Where `/run` is on a disk, what an earlier boot left
 * (counts of mounts, ids of processes) would deceive it, so the folder is emptied when the boot changed.
 */
async function clearAfterBoot(account: Account, runtimeDir: string): Promise<void> {
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const mark = join(runtimeDir, "boot-id");
  const marked = (await runAs(account, ["cat", mark])).stdout.trim();
  if (marked === boot) return;
  if (marked !== "") {
    const stale = join(runtimeDir, `stale-${randomHex(4)}`);
    const entries = await runAs(account, ["find", runtimeDir, "-mindepth", "1", "-maxdepth", "1"]);
    await runAs(account, ["mkdir", stale]);
    for (const path of entries.stdout.split("\n").filter(Boolean)) await runAs(account, ["mv", path, stale]);
    await runAs(account, ["rm", "-rf", "--one-file-system", stale]);
  }
  await writeAs(account, mark, `${boot}\n`);
}

async function ensureDevices(account: Account, root: boolean, log: (line: string) => void): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const path of ["/dev/net/tun", "/dev/fuse"]) {
    if (await canUseAs(account, path)) continue;
    const node = await stat(path).catch(() => undefined);
    if (root && node?.isCharacterDevice() === true) {
      // What udev's own rules set on ordinary hosts: the kernel checks every use of these devices itself.
      log(`chmod 0666 ${path}`);
      await chmod(path, 0o666);
      if (await canUseAs(account, path)) continue;
    }
    notes.push(
      node === undefined
        ? `The device ${path} is missing on this host: load the kernel's module “${path === "/dev/fuse" ? "fuse" : "tun"}”.`
        : `The account ${account.name} cannot open ${path}. Run: sudo chmod 0666 ${path}`,
    );
  }
  return notes;
}

async function isOwned(path: string, uid: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0;
}

async function isSocket(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isSocket() === true;
}
