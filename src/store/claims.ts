/** One-time codes by which people set a password; at most one for a person. */
import type { Selectable } from "kysely";
import type { Database } from "./database.ts";
import type { ClaimsTable } from "./tables.ts";

export type ClaimRow = Selectable<ClaimsTable>;

/** Puts codes (a few hundred at most) in place of their people's older ones. */
export async function putClaims(db: Database, claims: readonly ClaimRow[]): Promise<void> {
  if (claims.length === 0) return;
  await db
    .insertInto("claims")
    .values(claims)
    .onConflict((conflict) =>
      conflict.column("user_id").doUpdateSet(({ ref }) => ({
        code_hash: ref("excluded.code_hash"),
        created: ref("excluded.created"),
        expires_at: ref("excluded.expires_at"),
      })),
    )
    .execute();
}

/** The claim of that code, unless it has expired by `now` (ISO). */
export async function findClaim(db: Database, codeHash: string, now: string): Promise<ClaimRow | undefined> {
  return db
    .selectFrom("claims")
    .selectAll()
    .where("code_hash", "=", codeHash)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

/** Removes and returns the claim of that code: of several who take it at once, one gets it. */
export async function takeClaim(db: Database, codeHash: string, now: string): Promise<ClaimRow | undefined> {
  return db
    .deleteFrom("claims")
    .where("code_hash", "=", codeHash)
    .where("expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
}

/** Cancels the open claim of a person, if there is one. */
export async function deleteClaim(db: Database, userId: number): Promise<void> {
  await db.deleteFrom("claims").where("user_id", "=", userId).execute();
}
