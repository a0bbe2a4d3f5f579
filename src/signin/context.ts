/** What every method of signing in works with. */
import type { Config } from "../contract/index.ts";
import { type Clock, HubError, type UserName, userName } from "../kernel/index.ts";
import { changeUser, type Database, deleteClaim, endSignIns, type Store, type UserRow } from "../store/index.ts";
import type { Limits } from "./limits.ts";
import type { Hashing } from "./password/hashing.ts";

export interface SignInContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: () => Config["signIn"];
  readonly random: { readonly code: () => string; readonly hex: () => string };
  readonly limits: Limits;
  readonly hashing: Hashing;
}

/** The normalised name, or undefined for what cannot be a name. */
export function nameOf(raw: string): UserName | undefined {
  try {
    return userName(raw);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}

/**
 * Stores a new password and ends what was signed in or could sign in before: sessions, their OAuth tokens, an open
 * claim. Nothing else of the person's is touched. Call it in a transaction.
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
  const change = { password_hash: hash };
  return changeUser(db, userId, keep === undefined ? { ...change, cookie_id: context.random.hex() } : change);
}
