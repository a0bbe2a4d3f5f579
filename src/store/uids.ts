/** Numbers that people's servers run under, one for each person and never given twice. */
import type { Database } from "./database.ts";
import { getFact, setFact } from "./facts.ts";
import { inTransaction } from "./transaction.ts";

/** The highest number that was ever given: that of who was removed stays taken, since files may still belong to it. */
const HIGHEST = "highest-uid";

export interface UidRange {
  readonly first: number;
  /** The last that may be given. */
  readonly last: number;
  /** Numbers that belong to others. */
  readonly taken: ReadonlySet<number>;
}

/**
 * The person's number, given now when there was none.
 * @returns undefined when there is no such person, or no number left
 */
export async function ensureUid(db: Database, userId: number, range: UidRange): Promise<number | undefined> {
  const known = await uidOf(db, userId);
  if (known !== undefined && known.uid !== null) return known.uid;
  return inTransaction(db, async (transaction) => {
    const row = await uidOf(transaction, userId);
    if (row === undefined || row.uid !== null) return row?.uid ?? undefined;
    let uid = Math.max(range.first, Number((await getFact(transaction, HIGHEST)) ?? 0) + 1);
    while (range.taken.has(uid)) uid += 1;
    if (uid > range.last) return undefined;
    await setFact(transaction, HIGHEST, String(uid));
    await transaction.updateTable("users").set({ uid }).where("id", "=", userId).execute();
    return uid;
  });
}

async function uidOf(db: Database, userId: number): Promise<{ uid: number | null } | undefined> {
  return db.selectFrom("users").select("uid").where("id", "=", userId).executeTakeFirst();
}
