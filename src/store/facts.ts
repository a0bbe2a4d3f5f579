/** Small facts about the hub itself. */
import type { Database } from "./database.ts";

export async function getFact(db: Database, name: string): Promise<string | undefined> {
  const row = await db.selectFrom("facts").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value;
}

/** Sets or replaces a fact. */
export async function setFact(db: Database, name: string, value: string): Promise<void> {
  await db
    .insertInto("facts")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

/** The fact, or `make()` stored as the fact; processes that ask at once all get the same one. */
export async function ensureFact(db: Database, name: string, make: () => string): Promise<string> {
  const found = await getFact(db, name);
  if (found !== undefined) return found;
  await db
    .insertInto("facts")
    .values({ name, value: make() })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const stored = await getFact(db, name);
  if (stored === undefined) throw new Error(`the fact ${name} vanished while it was being set`);
  return stored;
}

/** Forgets a fact; a missing one is fine. */
export async function deleteFact(db: Database, name: string): Promise<void> {
  await db.deleteFrom("facts").where("name", "=", name).execute();
}
