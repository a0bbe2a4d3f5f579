/** Rows of `sessions`: signed-in browsers. */
import type { UserName } from "../kernel/index.ts";
import type { Database } from "./open.ts";
import type { OwnerRow } from "./tokens.ts";
import { inTransaction } from "./transaction.ts";

export interface SessionRow {
  readonly hash: string;
  readonly sessionId: string;
  readonly expiresAt: string;
  /** The cookie id that the login cookie must carry. */
  readonly cookieId: string;
  readonly owner: OwnerRow;
}

export interface NewSessionRow {
  readonly hash: string;
  readonly userId: number;
  readonly sessionId: string;
  readonly created: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly address: string;
}

/** Adds a session and returns the person's cookie id; undefined (and nothing added) when they are gone or suspended. */
export async function insertSession(db: Database, session: NewSessionRow): Promise<string | undefined> {
  return await inTransaction(db, async (inside) => {
    const owner = await inside
      .selectFrom("users")
      .select("cookie_id")
      .where("id", "=", session.userId)
      .where("suspended", "is", null)
      .executeTakeFirst();
    if (owner === undefined) return undefined;
    await inside
      .insertInto("sessions")
      .values({
        hash: session.hash,
        user_id: session.userId,
        session_id: session.sessionId,
        created: session.created,
        expires_at: session.expiresAt,
        user_agent: session.userAgent,
        address: session.address,
      })
      .execute();
    return owner.cookie_id;
  });
}

/** The unexpired session with this hash. `now`: ISO-8601 UTC. */
export async function findSession(db: Database, hash: string, now: string): Promise<SessionRow | undefined> {
  const row = await unexpired(db, now).where("sessions.hash", "=", hash).executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** The unexpired session of the person of this name with this public id. */
export async function findSessionByPublicId(
  db: Database,
  user: UserName,
  sessionId: string,
  now: string,
): Promise<SessionRow | undefined> {
  const row = await unexpired(db, now)
    .where("users.name", "=", user)
    .where("sessions.session_id", "=", sessionId)
    .executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** A browser that is signed in, as its owner sees it. */
export interface BrowserRow {
  readonly hash: string;
  readonly sessionId: string;
  readonly created: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly address: string;
}

/** The person's unexpired sessions, the newest first. */
export async function listSessionsOf(db: Database, userId: number, now: string): Promise<BrowserRow[]> {
  const rows = await db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", userId)
    .where("expires_at", ">", now)
    .orderBy("created", "desc")
    .orderBy("hash")
    .execute();
  return rows.map((row) => ({
    hash: row.hash,
    sessionId: row.session_id,
    created: row.created,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
    address: row.address,
  }));
}

/** Ends one of the person's sessions as `endSession` does; false when they have none with this public id. */
export async function endSessionOfUser(db: Database, userId: number, sessionId: string): Promise<boolean> {
  return await inTransaction(db, async (inside) => {
    const session = await inside
      .selectFrom("sessions")
      .select("hash")
      .where("user_id", "=", userId)
      .where("session_id", "=", sessionId)
      .executeTakeFirst();
    if (session === undefined) return false;
    await endSession(inside, session.hash);
    return true;
  });
}

/** Ends a session with its pending codes and the OAuth tokens given in it (contract 2.8). */
export async function endSession(db: Database, hash: string): Promise<void> {
  await inTransaction(db, async (inside) => {
    const session = await inside
      .selectFrom("sessions")
      .select(["user_id", "session_id"])
      .where("hash", "=", hash)
      .executeTakeFirst();
    if (session === undefined) return;
    const { user_id, session_id } = session;
    for (const table of ["oauth_codes", "tokens", "sessions"] as const) {
      await inside.deleteFrom(table).where("user_id", "=", user_id).where("session_id", "=", session_id).execute();
    }
  });
}

/** Deletes what has expired; returns how many. */
export async function purgeSessions(db: Database, now: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("sessions").where("expires_at", "<=", now).executeTakeFirst();
  return Number(numDeletedRows);
}

function unexpired(db: Database, now: string) {
  return db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .where("sessions.expires_at", ">", now)
    .select([
      "sessions.hash",
      "sessions.session_id",
      "sessions.expires_at",
      "users.id",
      "users.name",
      "users.admin",
      "users.suspended",
      "users.last_activity",
      "users.cookie_id",
    ]);
}

function rowOf(row: Awaited<ReturnType<ReturnType<typeof unexpired>["executeTakeFirstOrThrow"]>>): SessionRow {
  return {
    hash: row.hash,
    sessionId: row.session_id,
    expiresAt: row.expires_at,
    cookieId: row.cookie_id,
    owner: {
      id: row.id,
      name: row.name as UserName,
      admin: row.admin !== 0,
      suspended: row.suspended,
      lastActivity: row.last_activity,
    },
  };
}
