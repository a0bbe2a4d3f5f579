/** Rows of `oauth_clients` and `oauth_codes` (contract 2.1–2.4). */
import { z } from "zod";
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Database } from "./open.ts";
import { insertToken, type NewTokenRow } from "./tokens.ts";
import { inTransaction } from "./transaction.ts";

const scopesSchema = z.array(z.string());

export interface OauthClientRow {
  readonly clientId: string;
  readonly secretHash: string;
  readonly redirectUri: string;
  readonly description: string;
  readonly serverId: number;
  readonly allowedScopes: readonly string[];
  /** Names of the person and the server it belongs to. */
  readonly user: UserName;
  readonly server: ServerName;
}

export type NewOauthClientRow = Omit<OauthClientRow, "user" | "server">;

export interface OauthCodeRow {
  readonly hash: string;
  readonly clientId: string;
  readonly userId: number;
  readonly redirectUri: string;
  /** Granted raw scopes. */
  readonly scopes: readonly string[];
  readonly challenge: string | null;
  readonly challengeMethod: string | null;
  readonly sessionId: string | null;
  /** ISO-8601 UTC. */
  readonly expiresAt: string;
}

/**
 * Puts a client in place of the one that had its id, whose codes and tokens go too.
 * False, and nothing is changed, when the id belongs to another server.
 */
export async function replaceOauthClient(db: Database, client: NewOauthClientRow): Promise<boolean> {
  return await inTransaction(db, async (inside) => {
    const before = await inside
      .selectFrom("oauth_clients")
      .select("server_id")
      .where("client_id", "=", client.clientId)
      .executeTakeFirst();
    if (before !== undefined && before.server_id !== client.serverId) return false;
    await removeInside(inside, client.clientId);
    await inside
      .insertInto("oauth_clients")
      .values({
        client_id: client.clientId,
        secret_hash: client.secretHash,
        redirect_uri: client.redirectUri,
        description: client.description,
        server_id: client.serverId,
        allowed_scopes: JSON.stringify(client.allowedScopes),
      })
      .execute();
    return true;
  });
}

/** Deletes a client with its codes and tokens; missing is fine. `serverId`: only when it belongs to that server. */
export async function removeOauthClient(db: Database, clientId: string, serverId?: number): Promise<void> {
  await inTransaction(db, async (inside) => {
    if (serverId !== undefined) {
      const client = await findOauthClient(inside, clientId);
      if (client?.serverId !== serverId) return;
    }
    await removeInside(inside, clientId);
  });
}

export async function findOauthClient(db: Database, clientId: string): Promise<OauthClientRow | undefined> {
  const row = await db
    .selectFrom("oauth_clients as client")
    .innerJoin("servers", "servers.id", "client.server_id")
    .innerJoin("users", "users.id", "servers.user_id")
    .where("client.client_id", "=", clientId)
    .select([
      "client.client_id",
      "client.secret_hash",
      "client.redirect_uri",
      "client.description",
      "client.server_id",
      "client.allowed_scopes",
      "users.name as user",
      "servers.name as server",
    ])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    clientId: row.client_id,
    secretHash: row.secret_hash,
    redirectUri: row.redirect_uri,
    description: row.description,
    serverId: row.server_id,
    allowedScopes: scopesSchema.parse(JSON.parse(row.allowed_scopes)),
    user: row.user as UserName,
    server: row.server as ServerName,
  };
}

export async function insertOauthCode(db: Database, code: OauthCodeRow): Promise<void> {
  await db
    .insertInto("oauth_codes")
    .values({
      hash: code.hash,
      client_id: code.clientId,
      user_id: code.userId,
      redirect_uri: code.redirectUri,
      scopes: JSON.stringify(code.scopes),
      challenge: code.challenge,
      challenge_method: code.challengeMethod,
      session_id: code.sessionId,
      expires_at: code.expiresAt,
    })
    .execute();
}

/** The unexpired code with this hash that was given to this client, unless its person was suspended meanwhile. */
export async function findOauthCode(
  db: Database,
  hash: string,
  clientId: string,
  now: string,
): Promise<OauthCodeRow | undefined> {
  const row = await db
    .selectFrom("oauth_codes")
    .innerJoin("users", "users.id", "oauth_codes.user_id")
    .selectAll("oauth_codes")
    .where("oauth_codes.hash", "=", hash)
    .where("oauth_codes.client_id", "=", clientId)
    .where("oauth_codes.expires_at", ">", now)
    .where("users.suspended", "is", null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    hash: row.hash,
    clientId: row.client_id,
    userId: row.user_id,
    redirectUri: row.redirect_uri,
    scopes: scopesSchema.parse(JSON.parse(row.scopes)),
    challenge: row.challenge,
    challengeMethod: row.challenge_method,
    sessionId: row.session_id,
    expiresAt: row.expires_at,
  };
}

/** Burns a code and adds its token in one transaction: of several that try at once, one gets true. */
export async function redeemOauthCode(db: Database, hash: string, token: NewTokenRow): Promise<boolean> {
  return await inTransaction(db, async (inside) => {
    const { numDeletedRows } = await inside.deleteFrom("oauth_codes").where("hash", "=", hash).executeTakeFirst();
    if (numDeletedRows !== 1n) return false;
    await insertToken(inside, token);
    return true;
  });
}

/** Deletes codes that have expired; returns how many. */
export async function purgeOauthCodes(db: Database, now: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("oauth_codes").where("expires_at", "<=", now).executeTakeFirst();
  return Number(numDeletedRows);
}

async function removeInside(db: Database, clientId: string): Promise<void> {
  for (const table of ["oauth_codes", "tokens", "oauth_clients"] as const) {
    await db.deleteFrom(table).where("client_id", "=", clientId).execute();
  }
}
