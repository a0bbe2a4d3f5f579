/** Rows of shares: access to a server that its owner gave to a person or a group (contract 3.4). */
import { PostgresAdapter, type RawBuilder, sql } from "kysely";
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { textsOf } from "./json.ts";
import { inTransaction } from "./transaction.ts";

/** A server as shares name it. */
export interface SharedServer {
  readonly id: number;
  readonly user: UserName;
  readonly name: ServerName;
}

export interface ShareRow {
  readonly id: number;
  readonly server: SharedServer;
  /** One of the two is set. */
  readonly user: UserName | null;
  readonly group: string | null;
  /** Names of scopes; each holds for this server alone. No filter is stored, so that renaming changes nothing. */
  readonly scopes: readonly string[];
  readonly created: string;
}

/** Rows of `users` or `groups`. */
export type GranteeRef = { readonly userId: number } | { readonly groupId: number };

/** Which shares: of all servers of a person, of one server, or all that somebody was given. */
export type ShareQuery =
  | { readonly ownerId: number }
  | { readonly serverId: number }
  | { readonly userId: number; readonly groups: readonly string[] }
  | { readonly groupId: number };

/** Gives scopes of a server, beside those that were given before. */
export async function grantShare(
  db: Database,
  share: {
    readonly serverId: number;
    readonly to: GranteeRef;
    readonly scopes: readonly string[];
    readonly now: string;
  },
): Promise<ShareRow> {
  const { serverId, to, now } = share;
  return await inTransaction(db, async (inside) => {
    const before = await findShare(inside, serverId, to);
    if (before !== undefined) return await keepScopes(inside, before, [...before.scopes, ...share.scopes]);
    const { id } = await inside
      .insertInto("shares")
      .values({
        server_id: serverId,
        user_id: "userId" in to ? to.userId : null,
        group_id: "groupId" in to ? to.groupId : null,
        scopes: textOf(share.scopes),
        created: now,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return rowOf(await select(inside).where("shares.id", "=", id).executeTakeFirstOrThrow());
  });
}

/** Takes these scopes away, or all; the share that is left, or undefined when nothing is left or was there. */
export async function revokeShare(
  db: Database,
  share: { readonly serverId: number; readonly to: GranteeRef; readonly scopes: readonly string[] | undefined },
): Promise<ShareRow | undefined> {
  return await inTransaction(db, async (inside) => {
    const before = await findShare(inside, share.serverId, share.to);
    if (before === undefined) return undefined;
    const left = share.scopes === undefined ? [] : before.scopes.filter((scope) => !share.scopes?.includes(scope));
    if (left.length > 0) return await keepScopes(inside, before, left);
    await inside.deleteFrom("shares").where("id", "=", before.id).execute();
    return undefined;
  });
}

/** Every share of a server. */
export async function deleteSharesOf(db: Database, serverId: number): Promise<void> {
  await db.deleteFrom("shares").where("server_id", "=", serverId).execute();
}

export async function findShare(db: Database, serverId: number, to: GranteeRef): Promise<ShareRow | undefined> {
  const row = await select(db)
    .where("shares.server_id", "=", serverId)
    .where((eb) => ("userId" in to ? eb("shares.user_id", "=", to.userId) : eb("shares.group_id", "=", to.groupId)))
    .executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** One page, the oldest first, and the number of all. */
export async function listShares(
  db: Database,
  query: ShareQuery,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rows: readonly ShareRow[]; readonly total: number }> {
  const matching = select(db).where((eb) => {
    if ("ownerId" in query) return eb("servers.user_id", "=", query.ownerId);
    if ("serverId" in query) return eb("shares.server_id", "=", query.serverId);
    if ("groupId" in query) return eb("shares.group_id", "=", query.groupId);
    const own = eb("shares.user_id", "=", query.userId);
    return query.groups.length === 0 ? own : eb.or([own, eb("groups.name", "in", query.groups)]);
  });
  const { total } = await matching
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await matching.orderBy("shares.id").offset(page.offset).limit(page.limit).execute();
  return { rows: rows.map(rowOf), total };
}

/** What a person was given, alone or by these groups, in a fixed order: asked for at each of their requests. */
export async function listGivenTo(
  db: Database,
  userId: number,
  groups: readonly string[],
): Promise<readonly Pick<ShareRow, "server" | "scopes">[]> {
  const rows = await db
    .selectFrom("shares")
    .innerJoin("servers", "servers.id", "shares.server_id")
    .innerJoin("users as owner", "owner.id", "servers.user_id")
    .where((eb) => {
      const own = eb("shares.user_id", "=", userId);
      if (groups.length === 0) return own;
      // As one parameter: compiling a list of two hundred for each request costs more than the query.
      const ids = eb.selectFrom("groups").select("groups.id").where("groups.name", "in", listed(db, groups));
      return eb.or([own, eb("shares.group_id", "in", ids)]);
    })
    .select(["shares.scopes", "shares.server_id", "owner.name as owner", "servers.name as server"])
    .orderBy("shares.id")
    .execute();
  return rows.map((row) => ({
    server: { id: row.server_id, user: row.owner as UserName, name: row.server as ServerName },
    scopes: textsOf(row.scopes),
  }));
}

async function keepScopes(db: Database, share: ShareRow, scopes: readonly string[]): Promise<ShareRow> {
  const text = textOf(scopes);
  await db.updateTable("shares").set({ scopes: text }).where("id", "=", share.id).execute();
  return { ...share, scopes: textsOf(text) };
}

function listed(db: Database, texts: readonly string[]): RawBuilder<string> {
  const list = JSON.stringify(texts);
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? sql<string>`(select json_array_elements_text(${list}::json))`
    : sql<string>`(select value from json_each(${list}))`;
}

/** Each once, sorted. */
export function textOf(scopes: readonly string[]): string {
  return JSON.stringify([...new Set(scopes)].sort());
}

function select(db: Database) {
  return db
    .selectFrom("shares")
    .innerJoin("servers", "servers.id", "shares.server_id")
    .innerJoin("users as owner", "owner.id", "servers.user_id")
    .leftJoin("users as grantee", "grantee.id", "shares.user_id")
    .leftJoin("groups", "groups.id", "shares.group_id")
    .select([
      "shares.id",
      "shares.server_id",
      "shares.scopes",
      "shares.created",
      "owner.name as owner",
      "servers.name as server",
      "grantee.name as grantee",
      "groups.name as group",
    ]);
}

function rowOf(row: Awaited<ReturnType<ReturnType<typeof select>["executeTakeFirstOrThrow"]>>): ShareRow {
  return {
    id: row.id,
    server: { id: row.server_id, user: row.owner as UserName, name: row.server as ServerName },
    user: row.grantee as UserName | null,
    group: row.group,
    scopes: textsOf(row.scopes),
    created: row.created,
  };
}
