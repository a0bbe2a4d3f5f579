import { HubError } from "../kernel/index.ts";
import { freeRange, LEAST_COUNT, overlaps, parseRanges } from "./subids.ts";

/** The databases of the host, as text. */
export interface AccountFiles {
  /** As `getent passwd` prints it, so that accounts from a directory service are seen too. */
  readonly passwd: string;
  readonly group: string;
  readonly subuid: string;
  readonly subgid: string;
  /** Uids of running processes: containers of an account that was removed may still run with ids that look free. */
  readonly running?: readonly number[];
}

export interface AccountWish {
  readonly name: string;
  /** Home folder; `/var/lib/NAME` for a new account, the existing one otherwise, when absent. */
  readonly home?: string;
  /** Numeric owner of the home folder, when it is there already: a new account takes over its files. */
  readonly homeOwner?: number;
  /** The user who runs this; the only person's account that may be used. */
  readonly currentUid: number;
  /** False for an account that runs no containers of its own; it gets ranges of subordinate ids when absent. */
  readonly subordinateIds?: boolean;
}

export interface AccountPlan {
  readonly home: string;
  /** Whether the account is to be created. */
  readonly create: boolean;
  /** Commands to run as root, in order; none when everything is there. */
  readonly commands: readonly (readonly string[])[];
  /** Plain sentences for people. */
  readonly notes: readonly string[];
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/**
 * Plans the service account: creates it when absent, adopts it with uid and files when present, and gives it ranges of
 * subordinate ids that overlap nothing. Planning again after the commands ran gives no commands.
 * @throws HubError `account-unusable`, `name-invalid`
 */
export function planAccount(files: AccountFiles, wish: AccountWish): AccountPlan {
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(wish.name)) {
    throw new HubError(
      "name-invalid",
      `“${wish.name.slice(0, 80)}” cannot be the name of an account: use 1 to 31 of a–z, 0–9, “-” and “_”, beginning with a letter.`,
    );
  }
  const entries = parsePasswd(files.passwd);
  const existing = entries.find((entry) => entry.name === wish.name);
  const home = existing?.home ?? wish.home ?? `/var/lib/${wish.name}`;
  if (existing !== undefined) refuseUnusable(existing, wish);
  if (!/^\/[^:\n]+$/.test(home)) {
    throw new HubError("account-unusable", `“${home}” cannot be a home folder: give an absolute path below “/”.`);
  }
  const ranges =
    wish.subordinateIds === false ? { commands: [], notes: [] } : planRanges(files, wish.name, existing?.uid, entries);
  return {
    home,
    create: existing === undefined,
    commands: [...(existing === undefined ? [useradd(files, wish, home, entries)] : []), ...ranges.commands],
    notes: ranges.notes,
  };
}

function refuseUnusable(entry: PasswdEntry, wish: AccountWish): void {
  const other = "Choose another: --account for “hublet up”, deploy.account in hublet.yaml for “hublet apply”.";
  if (entry.uid === 0) {
    throw new HubError(
      "account-unusable",
      `The account “${entry.name}” is root. Nothing that faces people may run as root. ${other}`,
    );
  }
  const signsIn = entry.uid >= 1000 && entry.uid < 65_534 && !/\/(nologin|false)$/.test(entry.shell);
  if (signsIn && entry.uid !== wish.currentUid) {
    throw new HubError(
      "account-unusable",
      `The account “${entry.name}” belongs to a person who signs in to this host. The hub's files and containers would mix with theirs. ${other} (That person can run “./hublet up” without root.)`,
    );
  }
  if (wish.home !== undefined && wish.home !== entry.home) {
    throw new HubError(
      "account-unusable",
      `The account “${entry.name}” exists with the home folder ${entry.home}, not ${wish.home}. It may belong to another service. ${other}`,
    );
  }
  // Accounts such as www-data or nobody own nothing that we may fill.
  if (wish.home === undefined && entry.uid !== wish.currentUid && entry.home !== `/var/lib/${entry.name}`) {
    throw new HubError(
      "account-unusable",
      `The account “${entry.name}” exists with the home folder ${entry.home}, so it may belong to another service. ${other} Hublet only takes over accounts that live in /var/lib/NAME.`,
    );
  }
}

function useradd(
  files: AccountFiles,
  wish: AccountWish,
  home: string,
  entries: readonly PasswdEntry[],
): readonly string[] {
  const groups = files.group.split("\n").map((line) => line.split(":")[0]);
  const owner = wish.homeOwner;
  const takeOver = owner !== undefined && owner > 0 && owner < 65_534 && entries.every((entry) => entry.uid !== owner);
  return [
    "useradd",
    "--system",
    ...(takeOver ? ["--uid", String(owner)] : []),
    ...(groups.includes(wish.name) ? ["--gid", wish.name] : ["--user-group"]),
    ...["--home-dir", home, "--create-home", "--shell", "/usr/sbin/nologin"],
    ...["--comment", "Hublet notebook hub", wish.name],
  ];
}

function planRanges(
  files: AccountFiles,
  name: string,
  uid: number | undefined,
  entries: readonly PasswdEntry[],
): Pick<AccountPlan, "commands" | "notes"> {
  const ids = [
    ...entries.flatMap((entry) => [entry.uid, entry.gid]),
    ...groupIds(files.group),
    ...(files.running ?? []),
  ];
  const uids = parseRanges(files.subuid);
  const gids = parseRanges(files.subgid);
  const commands: (readonly string[])[] = [];
  const notes: string[] = [];
  const missing: string[] = [];
  for (const [kind, ranges] of [
    ["uids", uids],
    ["gids", gids],
  ] as const) {
    const own = ranges.filter((range) => range.owner === name || range.owner === String(uid));
    if (own.reduce((sum, range) => sum + range.count, 0) < LEAST_COUNT) missing.push(`--add-sub${kind}`);
    for (const range of own) {
      const rival = ranges.find((other) => !own.includes(other) && overlaps(range, other));
      if (rival === undefined) continue;
      notes.push(
        `The sub${kind} ${range.start}–${range.start + range.count - 1} of ${name} overlap those of ${rival.owner}: containers of one can read files of the other. Give one of them another range in /etc/sub${kind.slice(0, 3)}.`,
      );
    }
  }
  if (missing.length > 0) {
    // One range for both files: equal numbers keep `id` readable and are what every tool expects.
    const range = freeRange([...uids, ...gids], ids);
    if (range === undefined) {
      throw new HubError(
        "account-unusable",
        `No range of 65,536 user ids is free for “${name}”. Remove unused lines from /etc/subuid and /etc/subgid.`,
      );
    }
    const text = `${range.start}-${range.start + range.count - 1}`;
    commands.push(["usermod", ...missing.flatMap((option) => [option, text]), name]);
  }
  return { commands, notes };
}

/** Parses passwd(5) text; lines that are no entries are left out. */
export function parsePasswd(source: string): readonly PasswdEntry[] {
  return source.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = "", , home = "", shell = ""] = line.split(":");
    return name !== "" && /^\d+$/.test(uid)
      ? [{ name, uid: Number(uid), gid: Number(gid), home, shell: shell.trim() }]
      : [];
  });
}

function groupIds(source: string): readonly number[] {
  return source.split("\n").flatMap((line) => {
    const gid = line.split(":")[2] ?? "";
    return /^\d+$/.test(gid) ? [Number(gid)] : [];
  });
}
