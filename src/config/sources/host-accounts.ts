/** People and the accounts of the host, in both directions, as The Littlest JupyterHub names them. */
import { sha256, type UserName, userName } from "../../kernel/index.ts";

/** Account names of the length of this and more are cut (`generate_system_username` of The Littlest JupyterHub). */
const CUT_AT = 26;

/**
 * The account of a person: prefix and name; from 26 characters on the first 26 of them, `-`, and 5 digits of their
 * SHA-256, so that no account name passes 32 characters.
 */
export function hostAccountOf(name: UserName, prefix: string): string {
  const whole = `${prefix}${name}`;
  return whole.length < CUT_AT ? whole : `${whole.slice(0, CUT_AT)}-${sha256(whole).slice(0, 5)}`;
}

/**
 * The person of an account: what follows the prefix, with all of its hyphens (`jupyter-anna-maria` is `anna-maria`).
 * A name that was cut is found only when the account's comment (GECOS) says it; others that look cut are nobody's.
 * @param comment the account's comment, when it is known
 */
export function nameOfHostAccount(account: string, prefix: string, comment = ""): UserName | undefined {
  if (!account.startsWith(prefix) || account.length === prefix.length) return undefined;
  const said = nameOrNone(comment.split(",")[0] ?? "");
  if (said !== undefined && hostAccountOf(said, prefix) === account) return said;
  if (account.length === CUT_AT + 6 && /-[0-9a-f]{5}$/.test(account)) return undefined;
  return nameOrNone(account.slice(prefix.length));
}

/** The people among the accounts of a passwd file, in its order, with their lines. */
export function peopleOfPasswd(passwd: string, prefix: string): readonly { name: UserName; line: number }[] {
  const seen = new Map<UserName, number>();
  for (const [index, line] of passwd.split("\n").entries()) {
    const fields = line.split(":");
    if (fields.length < 7) continue;
    const name = nameOfHostAccount(fields[0] ?? "", prefix, fields[4]);
    if (name !== undefined && !seen.has(name)) seen.set(name, index + 1);
  }
  return [...seen].map(([name, line]) => ({ name, line }));
}

/** Numbers of an account, as `passwd` and `group` files say them. */
export interface HostAccount {
  readonly account: string;
  readonly uid: number;
  readonly gid: number;
  /** Absolute. */
  readonly home: string;
  /** Numbers of the other groups it is in, sorted. */
  readonly groups: readonly number[];
}

/**
 * The accounts of people, by account name. Accounts of root's number are left out: nobody's server runs as root because of a
 * line in a file. Of two lines with one name the first counts, as it does for the host.
 */
export function hostAccountsOf(passwd: string, group: string, prefix: string): ReadonlyMap<string, HostAccount> {
  const memberships = groupsOfMembers(group);
  const accounts = new Map<string, HostAccount>();
  for (const line of passwd.split("\n")) {
    const [account = "", , uid = "", gid = "", , home = "", ...rest] = line.split(":");
    if (rest.length === 0 || !account.startsWith(prefix) || accounts.has(account)) continue;
    if (!isNumber(uid) || !isNumber(gid) || Number(uid) === 0 || !home.startsWith("/")) continue;
    const groups = (memberships.get(account) ?? []).filter((id) => id !== Number(gid));
    accounts.set(account, { account, uid: Number(uid), gid: Number(gid), home, groups });
  }
  return accounts;
}

/** The account of a person, or undefined when there is none. */
export function hostAccountFinder(
  passwd: string,
  group: string,
  prefix: string,
): (name: UserName) => HostAccount | undefined {
  const accounts = hostAccountsOf(passwd, group, prefix);
  return (name) => {
    const found = accounts.get(hostAccountOf(name, prefix));
    if (found !== undefined) return found;
    // Accounts made by hand have long names whole.
    const whole = `${prefix}${name}`;
    return nameOfHostAccount(whole, prefix) === name ? accounts.get(whole) : undefined;
  };
}

function groupsOfMembers(group: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>();
  for (const line of group.split("\n")) {
    const [, , gid = "", members] = line.split(":");
    if (members === undefined || !isNumber(gid)) continue;
    for (const member of members.split(",").filter((name) => name !== ""))
      found.set(member, (found.get(member) ?? new Set()).add(Number(gid)));
  }
  return new Map([...found].map(([member, ids]) => [member, [...ids].sort((a, b) => a - b)]));
}

/** What the kernel takes; the highest number stands for “nobody said one”. */
function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1;
}

function nameOrNone(text: string): UserName | undefined {
  try {
    return text === "" ? undefined : userName(text);
  } catch {
    return undefined; // an account's name or comment that is no person's name: nobody
  }
}
