/** Rows of `second_factors`: one-time codes of an app beside the password. */
import type { Database } from "./database.ts";
import { textsOf } from "./json.ts";

export interface SecondFactorRow {
  readonly userId: number;
  /** Sealed. */
  readonly secret: string;
  /** False until the first code has proved that the app has it. */
  readonly active: boolean;
  /** Time step of the last accepted code. */
  readonly lastStep: number;
  /** Hashes of unused recovery codes. */
  readonly recovery: readonly string[];
  readonly created: string;
}

/** How often a recovery code is tried again when others of the same person are used at the same moment. */
const TRIES = 20;

export async function findSecondFactor(db: Database, userId: number): Promise<SecondFactorRow | undefined> {
  const row = await db.selectFrom("second_factors").selectAll().where("user_id", "=", userId).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    userId: row.user_id,
    secret: row.secret,
    active: row.active === 1,
    lastStep: row.last_step,
    recovery: textsOf(row.recovery),
    created: row.created,
  };
}

/** Sets a person's second factor, in place of an older one. */
export async function putSecondFactor(db: Database, factor: SecondFactorRow): Promise<void> {
  const columns = {
    secret: factor.secret,
    active: factor.active ? 1 : 0,
    last_step: factor.lastStep,
    recovery: JSON.stringify(factor.recovery),
    created: factor.created,
  };
  await db
    .insertInto("second_factors")
    .values({ user_id: factor.userId, ...columns })
    .onConflict((conflict) => conflict.column("user_id").doUpdateSet(columns))
    .execute();
}

/** False when there is none. */
export async function deleteSecondFactor(db: Database, userId: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("second_factors").where("user_id", "=", userId).executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * Uses the code of a time step up. One statement that decides and counts: of several who bring the same code at once,
 * one gets true, and an older code is worth nothing any more (RFC 6238, 5.2).
 */
export async function useSecondFactorStep(db: Database, userId: number, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("second_factors")
    .set({ last_step: step })
    .where("user_id", "=", userId)
    .where("last_step", "<", step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Uses a recovery code up: of several who bring the same one at once, one gets true. */
export async function takeRecoveryCode(db: Database, userId: number, hash: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const row = await db
      .selectFrom("second_factors")
      .select("recovery")
      .where("user_id", "=", userId)
      .executeTakeFirst();
    const unused = row === undefined ? [] : textsOf(row.recovery);
    if (row === undefined || !unused.includes(hash)) return false;
    // Only if nobody has used another one meanwhile: the list is written as a whole.
    const { numUpdatedRows } = await db
      .updateTable("second_factors")
      .set({ recovery: JSON.stringify(unused.filter((other) => other !== hash)) })
      .where("user_id", "=", userId)
      .where("recovery", "=", row.recovery)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) return true;
  }
  return false;
}

/** Those among these people who have an active second factor. */
export async function listWithSecondFactor(db: Database, userIds: readonly number[]): Promise<Set<number>> {
  if (userIds.length === 0) return new Set();
  const rows = await db
    .selectFrom("second_factors")
    .select("user_id")
    .where("user_id", "in", userIds)
    .where("active", "=", 1)
    .execute();
  return new Set(rows.map((row) => row.user_id));
}
