/** Transactions that behave alike on both databases. */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "./database.ts";

/** PostgreSQL: serialization failure, deadlock. */
const RETRY_CODES: readonly unknown[] = ["40001", "40P01"];
const TRIES = 20;
/** Longest pause before another try, in milliseconds: 20 of them stay below the patience of a request. */
const LONGEST_PAUSE = 100;

/**
 * Runs `work` as if nothing else happened at the same time: SQLite has one writer; on PostgreSQL the transaction is
 * serializable and is tried again when it met another one. So `work` may run several times: it must do nothing but
 * queries, all of them on the `db` it is given (on SQLite another one would wait for this transaction forever).
 * Inside another transaction it simply takes part in that one.
 */
export async function inTransaction<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db);
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().setIsolationLevel("serializable").execute(work);
    } catch (error) {
      if (tries >= TRIES || !RETRY_CODES.includes(codeOf(error))) throw error;
      // Random and growing, or those that met once would meet again and again.
      await delay(Math.random() * Math.min(2 ** tries, LONGEST_PAUSE));
    }
  }
}

/** True for the error of a row whose unique column is taken. */
export function isUniqueViolation(error: unknown): boolean {
  // 23505: PostgreSQL; 2067 and 1555: SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY.
  return codeOf(error) === "23505" || [2067, 1555].some((code) => code === errcodeOf(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function errcodeOf(error: unknown): unknown {
  return error instanceof Error && "errcode" in error ? error.errcode : undefined;
}
