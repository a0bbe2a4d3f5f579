import { chmod, readdir, stat } from "node:fs/promises";
import { HubError } from "../../kernel/index.ts";
import type { AccountFiles } from "../account-plan.ts";
import { parsePasswd, planAccount } from "../account-plan.ts";
import type { Identity } from "../facts.ts";
import { mustRun, run } from "../run.ts";

/** The account that hub, proxy and containers run as. */
export interface Account extends Identity {
  readonly home: string;
}

export interface EnsuredAccount {
  readonly account: Account;
  readonly created: boolean;
  readonly notes: readonly string[];
}

/**
 * Makes sure that the service account exists and has ranges of subordinate ids; needs root. Run twice it changes nothing.
 * @throws HubError `account-unusable`, `name-invalid`, `command-failed`
 */
export async function ensureAccount(
  wish: { readonly name: string; readonly home?: string },
  log: (line: string) => void,
): Promise<EnsuredAccount> {
  const home = wish.home ?? `/var/lib/${wish.name}`;
  const owner = await stat(home).catch(() => undefined);
  const plan = planAccount(await readAccountFiles(wish.name), {
    ...wish,
    ...(owner === undefined ? {} : { homeOwner: owner.uid }),
    currentUid: process.geteuid?.() ?? 0,
  });
  for (const argv of plan.commands) {
    log(argv.join(" "));
    await mustRun(argv);
  }
  const account = await findAccount(wish.name);
  if (account === undefined) {
    throw new HubError(
      "account-unusable",
      `The account “${wish.name}” is missing although it was created. Look at /etc/passwd and the host's directory service.`,
    );
  }
  const folder = await stat(account.home).catch(() => undefined);
  if (folder?.isDirectory() !== true || folder.uid !== account.uid) {
    throw new HubError(
      "account-unusable",
      `The home folder ${account.home} of “${account.name}” is missing or belongs to someone else. Run: install -d -o ${account.name} -g ${account.name} -m 0700 ${account.home}`,
    );
  }
  // Only our own creation is closed: an adopted home may be laid out for something else, and the state folder is 0700 anyway.
  if (plan.create) await chmod(account.home, 0o700);
  return { account, created: plan.create, notes: plan.notes };
}

/** The account of that name, or of the uid when a number is given; asks the host's directory services too. */
export async function findAccount(key: string | number): Promise<Account | undefined> {
  const entry = parsePasswd((await run(["getent", "passwd", String(key)])).stdout)[0];
  return entry === undefined ? undefined : { name: entry.name, uid: entry.uid, gid: entry.gid, home: entry.home };
}

async function readAccountFiles(name: string): Promise<AccountFiles> {
  const [passwd, own, group, subuid, subgid] = await Promise.all([
    run(["getent", "passwd"]),
    // Some directory services answer for a name but do not list everybody.
    run(["getent", "passwd", name]),
    run(["getent", "group"]),
    run(["cat", "/etc/subuid"]),
    run(["cat", "/etc/subgid"]),
  ]);
  return {
    passwd: passwd.stdout + own.stdout,
    group: group.stdout,
    subuid: subuid.stdout,
    subgid: subgid.stdout,
    running: await runningIds(),
  };
}

/** The owner of every process; those that end meanwhile are left out. */
async function runningIds(): Promise<readonly number[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const owners = await Promise.all(processes.map((pid) => stat(`/proc/${pid}`).catch(() => undefined)));
  return [...new Set(owners.flatMap((owner) => (owner === undefined ? [] : [owner.uid])))];
}
