/** Rows of people. */
import { type Expression, type Selectable, type SqlBool, sql } from "kysely";
import type { Database } from "./database.ts";
import type { UsersTable } from "./tables.ts";

export type UserRow = Selectable<UsersTable>;

export interface NewUser {
  /** Normalised. */
  readonly name: string;
  readonly admin: boolean;
  readonly created: string;
  readonly cookieId: string;
}

export interface UserQuery {
  /** Part of a name, lower case. */
  readonly search?: string | undefined;
  readonly state: "all" | "active" | "ready" | "inactive" | "admin";
  readonly sort: "id" | "name" | "last_activity";
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Only these names. */
  readonly only?: readonly string[] | undefined;
}

/** At most this many rows in one statement: databases limit the parameters of one. */
const CHUNK = 500;

export async function findUser(db: Database, name: string): Promise<UserRow | undefined> {
  return db.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst();
}

export async function findUserById(db: Database, id: number): Promise<UserRow | undefined> {
  return db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Adds those who are not there yet; returns the new rows in the order of their ids. */
export async function insertUsers(db: Database, users: readonly NewUser[]): Promise<UserRow[]> {
  const rows: UserRow[] = [];
  for (let start = 0; start < users.length; start += CHUNK) {
    const values = users.slice(start, start + CHUNK).map(({ name, admin, created, cookieId }) => ({
      name,
      admin: admin ? 1 : 0,
      created,
      cookie_id: cookieId,
    }));
    rows.push(
      ...(await db
        .insertInto("users")
        .values(values)
        .onConflict((conflict) => conflict.column("name").doNothing())
        .returningAll()
        .execute()),
    );
  }
  return rows.sort((a, b) => a.id - b.id);
}

/** One page and the number of all that match. People without activity come first ascending, last descending. */
export async function listUsers(db: Database, query: UserQuery): Promise<{ rows: UserRow[]; total: number }> {
  const matching = db.selectFrom("users").where(({ and, exists, not, eb, selectFrom }) => {
    const wanted: Expression<SqlBool>[] = [];
    const servers = selectFrom("servers").select("servers.id").whereRef("servers.user_id", "=", "users.id");
    const active = exists(servers.where("servers.state", "not in", ["stopped", "failed"]));
    if (query.state === "active") wanted.push(active);
    if (query.state === "inactive") wanted.push(not(active));
    if (query.state === "ready") wanted.push(exists(servers.where("servers.state", "=", "ready")));
    if (query.state === "admin") wanted.push(eb("admin", "=", 1));
    if (query.search !== undefined) {
      const pattern = `%${query.search.replace(/[\\%_]/g, "\\$&")}%`;
      wanted.push(sql<SqlBool>`name like ${pattern} escape '\\'`);
    }
    if (query.only !== undefined) wanted.push(query.only.length === 0 ? eb.lit(false) : eb("name", "in", query.only));
    return and(wanted);
  });
  const { total } = await matching.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await matching
    .selectAll()
    .orderBy(query.sort, (by) => (query.descending ? by.desc().nullsLast() : by.asc().nullsFirst()))
    .orderBy("id", query.descending ? "desc" : "asc")
    .offset(query.offset)
    .limit(query.limit)
    .execute();
  return { rows, total };
}

export async function countUsers(db: Database): Promise<number> {
  const row = await db
    .selectFrom("users")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Admins, the oldest first. */
export async function listAdmins(db: Database): Promise<UserRow[]> {
  return db.selectFrom("users").selectAll().where("admin", "=", 1).orderBy("id").execute();
}

export interface UserChange {
  readonly name?: string;
  readonly admin?: number;
  readonly password_hash?: string;
  readonly cookie_id?: string;
}

/** The row afterwards, or undefined when it is gone. @throws the database's unique violation for a taken name */
export async function changeUser(db: Database, id: number, change: UserChange): Promise<UserRow | undefined> {
  return db.updateTable("users").set(change).where("id", "=", id).returningAll().executeTakeFirst();
}

/** Deletes the person, and by reference all that is theirs. */
export async function deleteUser(db: Database, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("users").where("id", "=", id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Sets the last activity to `at`, unless one after `unless` (both ISO) is recorded already. */
export async function touchUser(db: Database, id: number, at: string, unless: string): Promise<void> {
  await db
    .updateTable("users")
    .set({ last_activity: at })
    .where("id", "=", id)
    .where((eb) => eb.or([eb("last_activity", "is", null), eb("last_activity", "<=", unless)]))
    .execute();
}

/**
 * Ends a person's sign-ins: their sessions, and the OAuth tokens that were issued in those browsers. API tokens and
 * tokens of running servers stay.
 * @param keep `sessions.hash` of the one that stays
 */
export async function endSignIns(db: Database, userId: number, keep?: string): Promise<void> {
  const kept = db
    .selectFrom("sessions")
    .select("session_id")
    .where("user_id", "=", userId)
    .where("hash", "=", keep ?? "");
  await db
    .deleteFrom("tokens")
    .where("user_id", "=", userId)
    .where("session_id", "is not", null)
    .where("session_id", "not in", kept)
    .execute();
  await db
    .deleteFrom("oauth_codes")
    .where("user_id", "=", userId)
    .where((eb) => eb.or([eb("session_id", "is", null), eb("session_id", "not in", kept)]))
    .execute();
  await db
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .where("hash", "!=", keep ?? "")
    .execute();
}
