import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunOptions, RunResult } from "../run.ts";
import { mustRun, run } from "../run.ts";
import type { Account } from "./account.ts";

/**
 * Runs a command as the account. Root never writes inside folders that the account owns: a symbolic link put there
 * would turn such a write against the host.
 */
export function runAs(account: Account, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(argv, { ...identityOf(account), cwd: "/", ...options });
}

/** Like `runAs`. @throws HubError `command-failed` */
export function mustRunAs(account: Account, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return mustRun(argv, { ...identityOf(account), cwd: "/", ...options });
}

/** Writes a file of the account atomically, mode 0600, in a folder that is made when absent. @throws HubError `command-failed` */
export async function writeAs(account: Account, path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await makeFolderAs(account, dirname(path));
  // A child's standard input is a socket, which /dev/stdin cannot open: so dd and not install.
  await mustRunAs(account, ["dd", `of=${temporary}`, "status=none"], { input: text });
  await mustRunAs(account, ["chmod", "0600", temporary]);
  await mustRunAs(account, ["mv", "-T", temporary, path]);
}

/** Makes a folder of the account, mode 0700. @throws HubError `command-failed` */
export async function makeFolderAs(account: Account, path: string): Promise<void> {
  await mustRunAs(account, ["install", "-d", "-m", "0700", path]);
}

/** Whether the account can read and write `path` (asked of the kernel by a process of the account). */
export async function canUseAs(account: Account, path: string): Promise<boolean> {
  if (account.uid === process.geteuid?.()) {
    return await access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
  }
  return (await runAs(account, ["test", "-r", path, "-a", "-w", path])).code === 0;
}

/** `uid` and `gid` for a child process; nothing when this process is the account already. */
export function identityOf(account: Account): Pick<RunOptions, "uid" | "gid"> {
  return account.uid === process.geteuid?.() ? {} : { uid: account.uid, gid: account.gid };
}
