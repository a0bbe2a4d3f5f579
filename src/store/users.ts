/** Rows of people. */
import { type Expression, PostgresAdapter, type Selectable, type SqlBool, sql } from "kysely";
import type { Database } from "./database.ts";
import type { UsersTable } from "./tables.ts";

export type UserRow = Selectable<UsersTable>;

export interface NewUser {
  /** Normalised. */
  readonly name: string;
  /** An admin now. */
  readonly admin: boolean;
  /** Default: as `admin`. */
  readonly adminByHand?: boolean;
  /** An admin added this person. Default: true. */
  readonly byHand?: boolean;
  /** Default: null. */
  readonly suspended?: string | null;
  readonly created: string;
  readonly cookieId: string;
}

export interface UserQuery {
  /** Part of a name, lower case. */
  readonly search?: string | undefined;
  readonly state: "all" | "active" | "ready" | "inactive" | "admin" | "suspended";
  readonly sort: "id" | "name" | "last_activity";
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Only these names: any number of them. */
  readonly only?: readonly string[] | undefined;
  /** Only people of these ids: any number of them, as a group may have. */
  readonly ids?: readonly number[] | undefined;
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
    const values = users.slice(start, start + CHUNK).map((user) => ({
      name: user.name,
      admin: user.admin ? 1 : 0,
      admin_by_hand: (user.adminByHand ?? user.admin) ? 1 : 0,
      by_hand: (user.byHand ?? true) ? 1 : 0,
      suspended: user.suspended ?? null,
      created: user.created,
      cookie_id: user.cookieId,
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
    if (query.state === "suspended") wanted.push(eb("suspended", "is not", null));
    if (query.search !== undefined) {
      const pattern = `%${query.search.replace(/[\\%_]/g, "\\$&")}%`;
      wanted.push(sql<SqlBool>`name like ${pattern} escape '\\'`);
    }
    if (query.only !== undefined) wanted.push(nameAmong(db, query.only));
    if (query.ids !== undefined) wanted.push(idAmong(db, query.ids));
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

/** As one parameter: a group of ten thousand would pass the limit of parameters. */
function nameAmong(db: Database, names: readonly string[]): Expression<SqlBool> {
  const list = JSON.stringify(names);
  return isPostgres(db)
    ? sql<SqlBool>`name in (select json_array_elements_text(${list}::json))`
    : sql<SqlBool>`name in (select value from json_each(${list}))`;
}

function idAmong(db: Database, ids: readonly number[]): Expression<SqlBool> {
  return isPostgres(db)
    ? sql<SqlBool>`id = any(${ids}::int[])`
    : sql<SqlBool>`id in (select value from json_each(${JSON.stringify(ids)}))`;
}

function isPostgres(db: Database): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Those of these names who exist, in any order. */
export async function findUsers(db: Database, names: readonly string[]): Promise<UserRow[]> {
  return db.selectFrom("users").selectAll().where(nameAmong(db, names)).execute();
}

/** What a person's standing is worked out from, and what it is now. */
export interface StandingRow {
  readonly id: number;
  readonly name: string;
  readonly admin: number;
  readonly admin_by_hand: number;
  readonly by_hand: number;
  readonly suspended: string | null;
}

/** Everybody, by id. */
export async function listStandings(db: Database): Promise<StandingRow[]> {
  return db
    .selectFrom("users")
    .select(["id", "name", "admin", "admin_by_hand", "by_hand", "suspended"])
    .orderBy("id")
    .execute();
}

export interface NewStanding {
  readonly id: number;
  readonly admin: boolean;
  readonly suspended: string | null;
}

/** Writes the standing of many. Quick when many share the same: sentences in `suspended` should name no person. */
export async function setStandings(db: Database, standings: readonly NewStanding[]): Promise<void> {
  const alike = new Map<string, { admin: number; suspended: string | null; ids: number[] }>();
  for (const { id, admin, suspended } of standings) {
    const key = `${admin} ${suspended ?? ""}`;
    const same = alike.get(key);
    if (same === undefined) alike.set(key, { admin: admin ? 1 : 0, suspended, ids: [id] });
    else same.ids.push(id);
  }
  for (const { admin, suspended, ids } of alike.values()) {
    for (let start = 0; start < ids.length; start += CHUNK) {
      await db
        .updateTable("users")
        .set({ admin, suspended })
        .where("id", "in", ids.slice(start, start + CHUNK))
        .execute();
    }
  }
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
  readonly admin_by_hand?: number;
  readonly by_hand?: number;
  readonly suspended?: string | null;
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

/** Ends every sign-in of many people, as `endSignIns` does. */
export async function endSignInsOf(db: Database, userIds: readonly number[]): Promise<void> {
  for (let start = 0; start < userIds.length; start += CHUNK) {
    const ids = userIds.slice(start, start + CHUNK);
    await db.deleteFrom("tokens").where("user_id", "in", ids).where("session_id", "is not", null).execute();
    await db.deleteFrom("oauth_codes").where("user_id", "in", ids).execute();
    await db.deleteFrom("sessions").where("user_id", "in", ids).execute();
  }
}
