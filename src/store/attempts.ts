/** Counters of failed attempts with a hold-off, in the database so that they survive a restart. */
import { type Selectable, sql } from "kysely";
import type { Database } from "./database.ts";
import type { AttemptsTable } from "./tables.ts";

export type AttemptRow = Selectable<AttemptsTable>;

/** Times are ISO-8601. */
export interface AttemptRule {
  readonly key: string;
  readonly now: string;
  /** Failures older than this are forgotten: the count begins anew. */
  readonly forgetBefore: string;
  /** From `failures` on, further attempts are refused until `until`; ascending. */
  readonly ladder: readonly { readonly failures: number; readonly until: string }[];
}

/**
 * Counts an attempt as failed before its outcome is known (`refundAttempt` takes it back), unless the key is on hold.
 * One statement that decides and counts, so that attempts made at the same moment cannot slip past the limit.
 * @returns undefined when it was counted; else until when the key is on hold
 */
export async function countAttempt(db: Database, rule: AttemptRule): Promise<string | undefined> {
  const counted = await db
    .insertInto("attempts")
    .values({ key: rule.key, failures: 1, blocked_until: holdFor(1, rule), last_failure: rule.now })
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet({
          failures: sql<number>`${nextFailures(rule)}`,
          blocked_until: holdLadder(rule),
          last_failure: rule.now,
        })
        .where((eb) => eb.or([eb("attempts.blocked_until", "is", null), eb("attempts.blocked_until", "<=", rule.now)])),
    )
    .returning("failures")
    .executeTakeFirst();
  if (counted !== undefined) return undefined;
  const row = await findAttempt(db, rule.key);
  return row?.blocked_until ?? rule.now;
}

function nextFailures(rule: AttemptRule) {
  return sql`case when attempts.last_failure < ${rule.forgetBefore} then 1 else attempts.failures + 1 end`;
}

function holdLadder(rule: AttemptRule) {
  const steps = rule.ladder
    .toReversed()
    .map(({ failures, until }) => sql`when ${nextFailures(rule)} >= ${sql.lit(failures)} then ${until}`);
  if (steps.length === 0) return null;
  return sql<string | null>`case ${sql.join(steps, sql` `)} else null end`;
}

function holdFor(failures: number, rule: AttemptRule): string | null {
  return rule.ladder.findLast((step) => failures >= step.failures)?.until ?? null;
}

/** Takes back one counted attempt, and the hold that it caused. */
export async function refundAttempt(db: Database, key: string): Promise<void> {
  await db
    .updateTable("attempts")
    .set(({ eb }) => ({ failures: eb("failures", "-", 1), blocked_until: null }))
    .where("key", "=", key)
    .where("failures", ">", 0)
    .execute();
}

export async function findAttempt(db: Database, key: string): Promise<AttemptRow | undefined> {
  return (await findAttempts(db, [key])).get(key);
}

/** The counters that exist among these, by key. */
export async function findAttempts(db: Database, keys: readonly string[]): Promise<Map<string, AttemptRow>> {
  const rows = await db.selectFrom("attempts").selectAll().where("key", "in", keys).execute();
  return new Map(rows.map((row) => [row.key, row]));
}

/** Counters with a hold that lasts at `now` (ISO), the longest first. */
export async function listHeld(db: Database, now: string, limit = 1000): Promise<AttemptRow[]> {
  return db
    .selectFrom("attempts")
    .selectAll()
    .where("blocked_until", ">", now)
    .orderBy("blocked_until", "desc")
    .orderBy("key")
    .limit(limit)
    .execute();
}

/** Sets a counter, whatever it was. */
export async function putAttempt(db: Database, row: AttemptRow): Promise<void> {
  const { failures, blocked_until, last_failure } = row;
  await db
    .insertInto("attempts")
    .values(row)
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ failures, blocked_until, last_failure }))
    .execute();
}

export async function deleteAttempt(db: Database, key: string): Promise<void> {
  await db.deleteFrom("attempts").where("key", "=", key).execute();
}

/** Drops the counters of one kind that have no hold and were not touched since `before` (times are ISO). */
export async function purgeAttempts(
  db: Database,
  { prefix, before, now }: { readonly prefix: string; readonly before: string; readonly now: string },
): Promise<void> {
  await db
    .deleteFrom("attempts")
    .where("key", "like", `${prefix}%`)
    .where("last_failure", "<", before)
    .where((eb) => eb.or([eb("blocked_until", "is", null), eb("blocked_until", "<=", now)]))
    .execute();
}
