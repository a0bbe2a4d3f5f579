/** Keeps people from leaving the hub without anybody who can manage it. */
import { HubError } from "../../kernel/index.ts";
import { type Database, listAdmins, listIdentitiesOf } from "../../store/index.ts";
import type { Rules } from "../rules/rules.ts";

/**
 * Does `work` unless it leaves the hub without an admin who can sign in, where there was one; or without any admin.
 * Call it in a transaction: what is thrown undoes it.
 * @param what who it is about, and what cannot be done: ““root” is”, “this person cannot lose the role”
 * @throws HubError `conflict`
 */
export async function keepingAnAdmin<T>(
  db: Database,
  rules: Rules,
  { who, what }: { readonly who: string; readonly what: string },
  work: () => Promise<T>,
): Promise<T> {
  const before = await management(db, rules);
  const result = await work();
  if (before > 0 && (await management(db, rules)) < before) {
    throw new HubError(
      "conflict",
      `${who} the only admin who can sign in, so ${what}: nobody could manage the hub. Make somebody else an admin first, who has a password or another way to sign in.`,
    );
  }
  return result;
}

/** 2: an admin can sign in. 1: there is one, who has not chosen a password yet. 0: there is none. */
async function management(db: Database, rules: Rules): Promise<0 | 1 | 2> {
  const admins = await listAdmins(db);
  if (admins.length === 0) return 0;
  if (rules.snapshot.config.signIn.passwords && admins.some((admin) => admin.password_hash !== null)) return 2;
  for (const { id } of admins) {
    const identities = await listIdentitiesOf(db, id);
    if (identities.some((identity) => rules.providerOf(identity) !== undefined)) return 2;
  }
  return 1;
}
