/** Rows of share codes: whoever has one may take a share of the server for themselves. Only hashes are kept. */
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { textsOf } from "./json.ts";
import { grantShare, type SharedServer, type ShareRow, textOf } from "./shares.ts";
import { inTransaction } from "./transaction.ts";

export interface ShareCodeRow {
  /** Shown as `sc_<id>`. */
  readonly id: number;
  readonly server: SharedServer;
  /** Names of scopes, as in shares. */
  readonly scopes: readonly string[];
  readonly created: string;
  readonly expiresAt: string;
  readonly exchangeCount: number;
  readonly lastExchangedAt: string | null;
}

/** Which codes: of all servers of a person, or of one. */
export type ShareCodeQuery = { readonly ownerId: number } | { readonly serverId: number };

export async function insertShareCode(
  db: Database,
  code: {
    readonly serverId: number;
    /** SHA-256 of the code. */
    readonly hash: string;
    readonly scopes: readonly string[];
    readonly now: string;
    readonly expiresAt: string;
  },
): Promise<ShareCodeRow> {
  return await inTransaction(db, async (inside) => {
    const { id } = await inside
      .insertInto("share_codes")
      .values({
        server_id: code.serverId,
        hash: code.hash,
        scopes: textOf(code.scopes),
        created: code.now,
        expires_at: code.expiresAt,
        exchange_count: 0,
        last_exchanged_at: null,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return rowOf(await select(inside, code.now).where("share_codes.id", "=", id).executeTakeFirstOrThrow());
  });
}

/** The unexpired code with this hash. `now`: ISO-8601 UTC. */
export async function findShareCode(db: Database, hash: string, now: string): Promise<ShareCodeRow | undefined> {
  const row = await select(db, now).where("share_codes.hash", "=", hash).executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** One page of unexpired codes, the oldest first, and the number of all. */
export async function listShareCodes(
  db: Database,
  query: ShareCodeQuery,
  page: { readonly offset: number; readonly limit: number; readonly now: string },
): Promise<{ readonly rows: readonly ShareCodeRow[]; readonly total: number }> {
  const matching = select(db, page.now).where((eb) =>
    "ownerId" in query ? eb("servers.user_id", "=", query.ownerId) : eb("share_codes.server_id", "=", query.serverId),
  );
  const { total } = await matching
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await matching.orderBy("share_codes.id").offset(page.offset).limit(page.limit).execute();
  return { rows: rows.map(rowOf), total };
}

/** Deletes one code of a server, by its number or hash, or all of them; returns how many. */
export async function deleteShareCodes(
  db: Database,
  serverId: number,
  which: { readonly id: number } | { readonly hash: string } | "all",
): Promise<number> {
  let query = db.deleteFrom("share_codes").where("server_id", "=", serverId);
  if (which !== "all") query = "id" in which ? query.where("id", "=", which.id) : query.where("hash", "=", which.hash);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

/** Gives the share of an unexpired code to a person, and counts; undefined when there is no such code any more. */
export async function exchangeShareCode(
  db: Database,
  exchange: { readonly hash: string; readonly userId: number; readonly now: string },
): Promise<ShareRow | undefined> {
  const { hash, userId, now } = exchange;
  return await inTransaction(db, async (inside) => {
    const code = await findShareCode(inside, hash, now);
    if (code === undefined) return undefined;
    await inside
      .updateTable("share_codes")
      .set({ exchange_count: code.exchangeCount + 1, last_exchanged_at: now })
      .where("id", "=", code.id)
      .execute();
    return await grantShare(inside, { serverId: code.server.id, to: { userId }, scopes: code.scopes, now });
  });
}

/** Deletes what has expired; returns how many. */
export async function purgeShareCodes(db: Database, now: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("share_codes").where("expires_at", "<=", now).executeTakeFirst();
  return Number(numDeletedRows);
}

function select(db: Database, now: string) {
  return db
    .selectFrom("share_codes")
    .innerJoin("servers", "servers.id", "share_codes.server_id")
    .innerJoin("users as owner", "owner.id", "servers.user_id")
    .where("share_codes.expires_at", ">", now)
    .select([
      "share_codes.id",
      "share_codes.server_id",
      "share_codes.scopes",
      "share_codes.created",
      "share_codes.expires_at",
      "share_codes.exchange_count",
      "share_codes.last_exchanged_at",
      "owner.name as owner",
      "servers.name as server",
    ]);
}

function rowOf(row: Awaited<ReturnType<ReturnType<typeof select>["executeTakeFirstOrThrow"]>>): ShareCodeRow {
  return {
    id: row.id,
    server: { id: row.server_id, user: row.owner as UserName, name: row.server as ServerName },
    scopes: textsOf(row.scopes),
    created: row.created,
    expiresAt: row.expires_at,
    exchangeCount: row.exchange_count,
    lastExchangedAt: row.last_exchanged_at,
  };
}
