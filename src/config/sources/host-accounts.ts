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

function nameOrNone(text: string): UserName | undefined {
  try {
    return text === "" ? undefined : userName(text);
  } catch {
    return undefined; // an account's name or comment that is no person's name: nobody
  }
}
