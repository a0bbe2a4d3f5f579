/** A new password in place of an old one, or of none. */
import { changeUser, type Database, deleteClaim, endSignIns, type UserRow } from "../../store/index.ts";
import type { SignInContext } from "../context.ts";
import { forgetPending } from "../second-factor/secrets.ts";

/**
 * Stores a new password and ends what was signed in or could sign in before: sessions, their OAuth tokens, an open
 * claim, tickets, a second factor that was begun and not confirmed (whoever knew the old password may have begun it).
 * An active second factor and everything else of the person's stay. Call it in a transaction.
 * @param keep hash of a session that stays
 */
export async function replacePassword(
  db: Database,
  context: SignInContext,
  userId: number,
  { hash, keep }: { readonly hash: string; readonly keep?: string | undefined },
): Promise<UserRow | undefined> {
  await endSignIns(db, userId, keep);
  await deleteClaim(db, userId);
  await forgetPending(db, context, userId);
  const change = { password_hash: hash };
  return changeUser(db, userId, keep === undefined ? { ...change, cookie_id: context.random.hex() } : change);
}
