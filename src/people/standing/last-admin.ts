/** Keeps people from leaving the hub without anybody who can manage it. */
import { HubError } from "../../kernel/index.ts";
import { type Database, listAdmins, listIdentitiesOf } from "../../store/index.ts";
import type { Rules } from "../rules/rules.ts";

/** Who it is about, and what cannot be done: ““root” is”, “this person cannot lose the role”. */
interface About {
  readonly who: string;
  readonly what: string;
}

/**
 * Does `work` unless it leaves the hub without an admin who can sign in, where there was one; or without any admin.
 * Call it in a transaction: what is thrown undoes it.
 * @throws HubError `conflict`
 */
export async function keepingAnAdmin<T>(db: Database, rules: Rules, about: About, work: () => Promise<T>): Promise<T> {
  const before = await management(db, rules);
  const result = await work();
  if ((await management(db, rules)) < before) throw onlyAdmin(about);
  return result;
}

/** The same for somebody who is to be removed, before anything is done. @throws HubError `conflict` */
export async function requireOtherAdmin(db: Database, rules: Rules, about: About, userId: number): Promise<void> {
  if ((await management(db, rules, userId)) < (await management(db, rules))) throw onlyAdmin(about);
}

function onlyAdmin({ who, what }: About): HubError {
  return new HubError(
    "conflict",
    `${who} the only admin who can sign in, so ${what}: nobody could manage the hub. Make somebody else an admin first, who has a password or another way to sign in.`,
  );
}

/**
 * 2: an admin can sign in. 1: there is one, who has not chosen a password yet. 0: there is none.
 * @param without counts as removed
 */
async function management(db: Database, rules: Rules, without?: number): Promise<0 | 1 | 2> {
  const admins = (await listAdmins(db)).filter(({ id }) => id !== without);
  if (admins.length === 0) return 0;
  if (rules.snapshot.config.signIn.passwords && admins.some((admin) => admin.password_hash !== null)) return 2;
  for (const { id } of admins) {
    const identities = await listIdentitiesOf(db, id);
    if (identities.some((identity) => rules.providerOf(identity) !== undefined)) return 2;
  }
  return 1;
}
