/** Rows of servers. Every change of state is guarded, so that two hub processes cannot both win, and carries its event. */
import type { Insertable } from "kysely";
import type { ServerEvent, ServerState } from "../contract/index.ts";
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { dropServerEventsBefore, insertServerEvent, type NewServerEvent } from "./server-events.ts";
import { type ServerPatch, type ServerRow, toColumns, toRow } from "./server-rows.ts";
import type { ServersTable } from "./tables.ts";
import { inTransaction } from "./transaction.ts";

/** How many starts' events are kept. */
const KEPT_GENERATIONS = 5;

export interface ServerOwner {
  readonly id: number;
  readonly name: UserName;
  readonly created: string;
}

/** The change happens only when all of this holds. */
export interface ServerGuard {
  readonly states?: readonly ServerState[];
  readonly generation?: number;
  /** Nobody else holds an unexpired lease at `now`. */
  readonly lease?: { readonly owner: string; readonly now: string };
  /** Nobody else has ever started a server: their files lie where this one could read them. */
  readonly alone?: boolean;
}

export interface ServerChanged {
  readonly row: ServerRow;
  readonly event: ServerEvent | null;
}

/** A person by name. */
export async function findServerOwner(db: Database, user: UserName): Promise<ServerOwner | undefined> {
  const row = await db.selectFrom("users").select(["id", "created"]).where("name", "=", user).executeTakeFirst();
  return row === undefined ? undefined : { id: row.id, created: row.created, name: user };
}

/** All people of `users` that exist. */
export async function findServerOwners(db: Database, users: readonly UserName[]): Promise<readonly ServerOwner[]> {
  if (users.length === 0) return [];
  const rows = await db.selectFrom("users").select(["id", "name", "created"]).where("name", "in", users).execute();
  return rows.map((row) => ({ id: row.id, created: row.created, name: row.name as UserName }));
}

export async function findServer(db: Database, user: UserName, name: ServerName): Promise<ServerRow | undefined> {
  const row = await select(db).where("users.name", "=", user).where("servers.name", "=", name).executeTakeFirst();
  return row === undefined ? undefined : toRow(row);
}

export async function findServerById(db: Database, id: number): Promise<ServerRow | undefined> {
  const row = await select(db).where("servers.id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toRow(row);
}

/** Servers of these people, by name; the default one (`""`) first. */
export async function listServersOf(db: Database, userIds: readonly number[]): Promise<readonly ServerRow[]> {
  if (userIds.length === 0) return [];
  const rows = await select(db).where("servers.user_id", "in", userIds).orderBy("servers.name").execute();
  return rows.map(toRow);
}

export async function listServersIn(db: Database, states: readonly ServerState[]): Promise<readonly ServerRow[]> {
  const rows = await select(db).where("servers.state", "in", states).orderBy("servers.id").execute();
  return rows.map(toRow);
}

export async function countServersIn(db: Database, states: readonly ServerState[]): Promise<number> {
  const row = await db
    .selectFrom("servers")
    .select((e) => e.fn.countAll<number | string>().as("count"))
    .where("state", "in", states)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Adds a stopped server; undefined when the person has one of that name already. */
export async function insertServer(
  db: Database,
  server: { owner: ServerOwner; name: ServerName; displayName: string; options: object; now: string },
): Promise<ServerRow | undefined> {
  const values: Insertable<ServersTable> = {
    user_id: server.owner.id,
    name: server.name,
    display_name: server.displayName,
    state: "stopped",
    state_since: server.now,
    user_options: JSON.stringify(server.options),
    generation: 0,
  };
  const row = await db
    .insertInto("servers")
    .values(values)
    .onConflict((c) => c.columns(["user_id", "name"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return row === undefined ? undefined : findServerById(db, row.id);
}

/** Removes a server's row and its events; only when `guard` holds. */
export async function removeServer(db: Database, id: number, states: readonly ServerState[]): Promise<boolean> {
  const result = await db.deleteFrom("servers").where("id", "=", id).where("state", "in", states).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/**
 * Changes a row and writes the event of the change in one transaction.
 * @returns undefined when `guard` did not hold; nothing is written then
 */
export async function changeServer(
  db: Database,
  id: number,
  guard: ServerGuard,
  patch: ServerPatch,
  event: NewServerEvent | null,
): Promise<ServerChanged | undefined> {
  return inTransaction(db, async (trx) => {
    let update = trx.updateTable("servers").set(toColumns(patch)).where("id", "=", id);
    if (guard.states !== undefined) update = update.where("state", "in", guard.states);
    if (guard.generation !== undefined) update = update.where("generation", "=", guard.generation);
    const lease = guard.lease;
    if (lease !== undefined) {
      update = update.where((e) =>
        e.or([e("lease_owner", "is", null), e("lease_owner", "=", lease.owner), e("lease_until", "<", lease.now)]),
      );
    }
    if (guard.alone === true) {
      update = update.where((e) =>
        e.not(
          e.exists(
            e
              .selectFrom("servers as other")
              .select("other.id")
              .whereRef("other.user_id", "!=", "servers.user_id")
              .where("other.generation", ">", 0),
          ),
        ),
      );
    }
    const updated = await update.returning("generation").executeTakeFirst();
    if (updated === undefined) return undefined;
    const written = event === null ? null : await insertServerEvent(trx, id, updated.generation, event);
    if (patch.generation !== undefined) await dropServerEventsBefore(trx, id, patch.generation - KEPT_GENERATIONS + 1);
    const row = toRow(await select(trx).where("servers.id", "=", id).executeTakeFirstOrThrow());
    return { row, event: written };
  });
}

/** Lengthens a lease that `owner` holds. @returns the row, or undefined when it is not (or no longer) the owner's */
export async function renewServerLease(
  db: Database,
  id: number,
  owner: string,
  until: string,
): Promise<ServerRow | undefined> {
  const result = await db
    .updateTable("servers")
    .set({ lease_until: until })
    .where("id", "=", id)
    .where("lease_owner", "=", owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n ? findServerById(db, id) : undefined;
}

/** Voids the leases of every hub process but `owner`: for the one process that knows that all others are dead. */
export async function voidServerLeases(db: Database, owner: string): Promise<void> {
  await db
    .updateTable("servers")
    .set({ lease_owner: null, lease_until: null })
    .where("lease_owner", "!=", owner)
    .execute();
}

/**
 * Moves `last_activity` of a person and of their servers forward, never back (contract 5.1).
 * Stored values younger than `at` by less than `resolutionMs` are left alone.
 */
export async function touchServerActivity(
  db: Database,
  seen: { userId: number; at: string | null; servers: ReadonlyMap<number, string>; resolutionMs: number },
): Promise<void> {
  const before = (at: string) => new Date(Date.parse(at) - seen.resolutionMs).toISOString();
  await inTransaction(db, async (trx) => {
    for (const [id, at] of seen.servers) {
      await trx
        .updateTable("servers")
        .set({ last_activity: at })
        .where("id", "=", id)
        .where((e) => e.or([e("last_activity", "is", null), e("last_activity", "<", before(at))]))
        .execute();
    }
    const at = seen.at;
    if (at === null) return;
    await trx
      .updateTable("users")
      .set({ last_activity: at })
      .where("id", "=", seen.userId)
      .where((e) => e.or([e("last_activity", "is", null), e("last_activity", "<", before(at))]))
      .execute();
  });
}

function select(db: Database) {
  return db
    .selectFrom("servers")
    .innerJoin("users", "users.id", "servers.user_id")
    .selectAll("servers")
    .select("users.name as user");
}
