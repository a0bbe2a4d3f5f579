/** Rows of `tokens`, with what deciding about a token needs: its owner and its OAuth client's server. */
import { z } from "zod";
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Database } from "./open.ts";

const scopesSchema = z.array(z.string());

export interface TokenRow {
  readonly id: number;
  readonly note: string;
  /** Raw scopes, unexpanded. */
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly sessionId: string | null;
  readonly created: string;
  readonly lastActivity: string | null;
  readonly expiresAt: string | null;
  readonly owner: OwnerRow;
  /** The own token of a server that runs or starts now: the server's row says so, whatever the note says. */
  readonly ofServer: boolean;
  /** Null for ordinary tokens, whose client is the hub itself. */
  readonly client: { readonly description: string; readonly user: UserName; readonly server: ServerName } | null;
}

export interface OwnerRow {
  readonly id: number;
  readonly name: UserName;
  readonly admin: boolean;
  /** Why they may not enter now, in a sentence for admins; null when they may. */
  readonly suspended: string | null;
  readonly lastActivity: string | null;
}

export interface NewTokenRow {
  readonly userId: number;
  /** SHA-256 of the token. */
  readonly hash: string;
  readonly note: string;
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly sessionId: string | null;
  readonly created: string;
  readonly expiresAt: string | null;
}

/** Adds a token and returns its number. */
export async function insertToken(db: Database, token: NewTokenRow): Promise<number> {
  const { id } = await db
    .insertInto("tokens")
    .values({
      user_id: token.userId,
      hash: token.hash,
      note: token.note,
      scopes: JSON.stringify(token.scopes),
      client_id: token.clientId,
      session_id: token.sessionId,
      created: token.created,
      last_activity: null,
      expires_at: token.expiresAt,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** The unexpired token with this hash. `now`: ISO-8601 UTC. */
export async function findTokenByHash(db: Database, hash: string, now: string): Promise<TokenRow | undefined> {
  const row = await unexpired(db, now).where("tokens.hash", "=", hash).executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** The unexpired token of this owner with this number. */
export async function findToken(db: Database, userId: number, id: number, now: string): Promise<TokenRow | undefined> {
  const row = await unexpired(db, now)
    .where("tokens.user_id", "=", userId)
    .where("tokens.id", "=", id)
    .executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** The owner's unexpired tokens in the order they were made. */
export async function listTokensOf(db: Database, userId: number, now: string): Promise<TokenRow[]> {
  const rows = await unexpired(db, now).where("tokens.user_id", "=", userId).orderBy("tokens.id").execute();
  return rows.map(rowOf);
}

/** Raw scopes of the unexpired tokens that this client has for this person. */
export async function listScopesGivenTo(
  db: Database,
  clientId: string,
  userId: number,
  now: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom("tokens")
    .select("scopes")
    .where("client_id", "=", clientId)
    .where("user_id", "=", userId)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .execute();
  return rows.flatMap((row) => scopesSchema.parse(JSON.parse(row.scopes)));
}

/** Deletes one token by its number. */
export async function deleteToken(db: Database, id: number): Promise<void> {
  await db.deleteFrom("tokens").where("id", "=", id).execute();
}

/** Deletes all tokens that a client has, or those it has for one person. */
export async function deleteTokensOfClient(db: Database, clientId: string, userId?: number): Promise<void> {
  let query = db.deleteFrom("tokens").where("client_id", "=", clientId);
  if (userId !== undefined) query = query.where("user_id", "=", userId);
  await query.execute();
}

/** Deletes a person's tokens of one client with this note: how a server's own token is found again. */
export async function deleteTokensByNote(db: Database, userId: number, clientId: string, note: string): Promise<void> {
  await db
    .deleteFrom("tokens")
    .where("user_id", "=", userId)
    .where("client_id", "=", clientId)
    .where("note", "=", note)
    .execute();
}

/** Deletes what has expired; returns how many. */
export async function purgeTokens(db: Database, now: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("tokens").where("expires_at", "<=", now).executeTakeFirst();
  return Number(numDeletedRows);
}

/** Moves last activity forward, never backwards. Tokens that are gone are skipped. */
export async function touchToken(db: Database, id: number, at: string): Promise<void> {
  await db
    .updateTable("tokens")
    .set({ last_activity: at })
    .where("id", "=", id)
    .where((eb) => eb.or([eb("last_activity", "is", null), eb("last_activity", "<", at)]))
    .execute();
}

function unexpired(db: Database, now: string) {
  return db
    .selectFrom("tokens")
    .innerJoin("users as owner", "owner.id", "tokens.user_id")
    .leftJoin("servers as running", (join) =>
      // By the person first: that is what the table has an index on.
      join.onRef("running.user_id", "=", "tokens.user_id").onRef("running.token_id", "=", "tokens.id"),
    )
    .leftJoin("oauth_clients as client", "client.client_id", "tokens.client_id")
    .leftJoin("servers", "servers.id", "client.server_id")
    .leftJoin("users as host", "host.id", "servers.user_id")
    .where((eb) => eb.or([eb("tokens.expires_at", "is", null), eb("tokens.expires_at", ">", now)]))
    .select([
      "tokens.id",
      "tokens.user_id",
      "tokens.note",
      "tokens.scopes",
      "tokens.client_id",
      "tokens.session_id",
      "tokens.created",
      "tokens.last_activity",
      "tokens.expires_at",
      "owner.name as owner_name",
      "owner.admin as owner_admin",
      "owner.suspended as owner_suspended",
      "owner.last_activity as owner_last_activity",
      "client.description",
      "host.name as host_name",
      "servers.name as server_name",
      "running.id as running_id",
    ]);
}

function rowOf(row: Awaited<ReturnType<ReturnType<typeof unexpired>["executeTakeFirstOrThrow"]>>): TokenRow {
  const { description, host_name: user, server_name: server } = row;
  return {
    id: row.id,
    note: row.note,
    scopes: scopesSchema.parse(JSON.parse(row.scopes)),
    clientId: row.client_id,
    sessionId: row.session_id,
    created: row.created,
    lastActivity: row.last_activity,
    expiresAt: row.expires_at,
    owner: {
      id: row.user_id,
      name: row.owner_name as UserName,
      admin: row.owner_admin !== 0,
      suspended: row.owner_suspended,
      lastActivity: row.owner_last_activity,
    },
    ofServer: row.running_id !== null,
    client:
      description === null || user === null || server === null
        ? null
        : { description, user: user as UserName, server: server as ServerName },
  };
}
