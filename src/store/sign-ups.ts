/** Rows of `sign_ups`: requests for an account that wait for an admin. */
import type { Insertable, Selectable } from "kysely";
import type { Database } from "./database.ts";
import type { SignUpsTable } from "./tables.ts";

export type SignUpRow = Selectable<SignUpsTable>;
export type NewSignUpRow = Insertable<SignUpsTable>;

export async function insertSignUp(db: Database, signUp: NewSignUpRow): Promise<number> {
  const { id } = await db.insertInto("sign_ups").values(signUp).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** The oldest first. */
export async function listSignUps(db: Database, limit = 1000): Promise<SignUpRow[]> {
  return db.selectFrom("sign_ups").selectAll().orderBy("id").limit(limit).execute();
}

export async function countSignUps(db: Database): Promise<number> {
  const row = await db
    .selectFrom("sign_ups")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function findSignUp(db: Database, id: number): Promise<SignUpRow | undefined> {
  return db.selectFrom("sign_ups").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Requests for this name, the oldest first. */
export async function findSignUpsOf(db: Database, name: string): Promise<SignUpRow[]> {
  return db.selectFrom("sign_ups").selectAll().where("name", "=", name).orderBy("id").execute();
}

/** Removes and returns a request: of several who decide at once, one gets it. */
export async function takeSignUp(db: Database, id: number): Promise<SignUpRow | undefined> {
  return db.deleteFrom("sign_ups").where("id", "=", id).returningAll().executeTakeFirst();
}

/** False when it is gone. */
export async function deleteSignUp(db: Database, id: number): Promise<boolean> {
  return (await takeSignUp(db, id)) !== undefined;
}

/** Deletes every request for this name. */
export async function deleteSignUpsOf(db: Database, name: string): Promise<void> {
  await db.deleteFrom("sign_ups").where("name", "=", name).execute();
}

/** Deletes requests made before that time (ISO); returns how many. */
export async function purgeSignUps(db: Database, before: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("sign_ups").where("created", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
