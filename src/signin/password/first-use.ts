/**
 * `firstUse: open`: the first password typed with a listed name becomes that person's. Only for names that the
 * configuration lists, that have neither password nor identity, and that are no admin's: an admin's name would be the
 * first that an attacker tries (TLJH#263).
 */
import type { UserName } from "../../kernel/index.ts";
import { findUser, inTransaction, listIdentitiesOf, type UserRow } from "../../store/index.ts";
import type { SignInContext } from "../context.ts";
import { acceptPassword } from "./policy.ts";
import { replacePassword } from "./replace.ts";

/** Why this name is nobody's to take; undefined: whoever comes first may. */
export async function whyNotOpen(
  context: SignInContext,
  name: UserName,
  row: UserRow | undefined,
): Promise<string | undefined> {
  if (context.settings().firstUse !== "open") return "A claim link is needed to choose one.";
  const declared = context.snapshot().declared.get(name);
  if (declared === undefined) return "The configuration does not list this name, so a claim link is needed.";
  if (declared.admin || row?.admin === 1) return "Admins always need a claim link.";
  if (row === undefined) return undefined;
  const identities = await listIdentitiesOf(context.store.db, row.id);
  return identities.length > 0 ? "They sign in by another way already, so a claim link is needed." : undefined;
}

/**
 * Whether this password would become the person's, and in which form. Cheap: it is asked for every failed sign-in.
 * @throws HubError `password-too-weak`, which only the words of a refusal may show: they are the same for every name
 */
export async function firstPassword(
  context: SignInContext,
  { name, row, password }: { readonly name: UserName; readonly row: UserRow | undefined; readonly password: string },
): Promise<string | undefined> {
  if (row !== undefined && (row.password_hash !== null || row.suspended !== null)) return undefined;
  if ((await whyNotOpen(context, name, row)) !== undefined) return undefined;
  return acceptPassword(password, { name, minimum: context.settings().minimumPasswordLength });
}

/** Of several who come at the same moment one gets the row; the others have typed a wrong password. */
export async function takeName(context: SignInContext, name: UserName, hash: string): Promise<UserRow | undefined> {
  const { store, people } = context;
  // Listed a moment ago: the people room has yet to make the row, and knows best what else belongs to it.
  if ((await findUser(store.db, name)) === undefined) await people.applyConfiguration();
  return inTransaction(store.db, async (db) => {
    const row = await findUser(db, name);
    if (row === undefined || row.password_hash !== null || row.suspended !== null || row.admin === 1) return undefined;
    if ((await listIdentitiesOf(db, row.id)).length > 0) return undefined;
    return replacePassword(db, context, row.id, { hash });
  });
}
