/** Signed-in browsers (contract 2.5, 2.8). */
import {
  type Clock,
  equalInConstantTime,
  HubError,
  hmac,
  isoTime,
  randomHex,
  type Secret,
  sha256,
} from "../kernel/index.ts";
import {
  type BrowserRow,
  changeUser,
  endSession,
  endSessionOfUser,
  endSignIns,
  findSession,
  insertSession,
  inTransaction,
  listSessionsOf,
  purgeSessions,
  type SessionRow,
  type Store,
} from "../store/index.ts";
import type { ActivityLog } from "./activity.ts";
import type { Authority } from "./authority.ts";
import type { Identity } from "./identity.ts";

const DAY = 24 * 60 * 60 * 1000;

export interface NewSession {
  readonly userId: number;
  readonly userAgent: string;
  readonly address: string;
  /** Days until this browser has to sign in again. */
  readonly days: number;
}

export interface StartedSession {
  /** For the login cookie: signed, secret, never to be logged. */
  readonly cookieValue: string;
  /** For the `jupyterhub-session-id` cookie; fresh at every sign-in. */
  readonly sessionId: string;
  /** Key of the session in the database and subject of its XSRF tokens; stays inside the hub. */
  readonly sessionHash: string;
  /** ISO-8601 UTC. */
  readonly expiresAt: string;
}

export interface SignedIn {
  /** `via: "cookie"` */
  readonly identity: Identity;
  readonly sessionHash: string;
  readonly sessionId: string;
  readonly expiresAt: string;
}

export interface Sessions {
  /** Always a new session with new ids, whatever cookies the browser came with. Call it after the password was right. */
  create(session: NewSession): Promise<StartedSession>;
  /** Undefined for forged, unknown, ended and expired cookies, and for suspended people. `countsAsActivity: false` leaves last activity alone. */
  resolve(cookieValue: string, options?: { readonly countsAsActivity?: boolean }): Promise<SignedIn | undefined>;
  /** Sign-out: ends the session, its pending OAuth codes and every OAuth token given in this browser (contract 2.8). */
  end(sessionHash: string): Promise<void>;
  /** The person's signed-in browsers, the newest first; `sessionId` names one. */
  listOf(userId: number): Promise<readonly BrowserRow[]>;
  /** As `end`, for a browser of `listOf`; false when the person has none of this id. */
  endOne(userId: number, sessionId: string): Promise<boolean>;
  /** Ends all sessions of a person, as after a new password; `except` keeps one (its hash). */
  endAll(userId: number, options?: { readonly except?: string }): Promise<void>;
  /** Deletes expired rows and says how many. */
  purgeExpired(): Promise<number>;
}

export interface SessionsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly activity: ActivityLog;
  /** Signs login cookies. */
  readonly key: Secret;
}

export function createSessions(parts: SessionsParts): Sessions {
  const { store, clock, authority, activity, key } = parts;
  const now = () => isoTime(clock.now());

  return {
    async create({ userId, userAgent, address, days }) {
      const secret = randomHex(32);
      const sessionId = randomHex();
      const sessionHash = sha256(secret);
      const expiresAt = isoTime(clock.now() + days * DAY);
      const cookieId = await insertSession(store.db, {
        hash: sessionHash,
        userId,
        sessionId,
        created: now(),
        expiresAt,
        userAgent: userAgent.slice(0, 400),
        address,
      });
      if (cookieId === undefined) {
        throw new HubError(
          "sign-in-refused",
          "The sign-in failed: this account was removed or suspended. Ask an administrator.",
        );
      }
      return { cookieValue: signLogin(key, secret, cookieId), sessionId, sessionHash, expiresAt };
    },

    async resolve(cookieValue, options = {}) {
      const login = readLogin(key, cookieValue);
      if (login === undefined) return undefined;
      const row = await findSession(store.db, sha256(login.secret), now());
      if (row === undefined || !equalInConstantTime(row.cookieId, login.cookieId)) return undefined;
      const identity = await identityOfSession(row, authority);
      if (identity === undefined) return undefined;
      if (options.countsAsActivity !== false) activity.ofPerson(row.owner);
      return {
        identity,
        sessionHash: row.hash,
        sessionId: row.sessionId,
        expiresAt: row.expiresAt,
      };
    },

    end: (sessionHash) => endSession(store.db, sessionHash),

    listOf: (userId) => listSessionsOf(store.db, userId, now()),
    endOne: (userId, sessionId) => endSessionOfUser(store.db, userId, sessionId),

    endAll: (userId, options = {}) =>
      inTransaction(store.db, async (db) => {
        await endSignIns(db, userId, options.except);
        if (options.except === undefined) await changeUser(db, userId, { cookie_id: randomHex() });
      }),

    purgeExpired: () => purgeSessions(store.db, now()),
  };
}

/** What a signed-in browser may do: everything its person may. Undefined when the person is suspended. */
export async function identityOfSession(row: SessionRow, authority: Authority): Promise<Identity | undefined> {
  const { id, name, admin, suspended } = row.owner;
  if (suspended !== null) return undefined;
  return {
    user: { id, name, admin },
    scopes: authority.scopesOf(await authority.holderOf(row.owner)),
    groupsOf: authority.groupsOf,
    via: "cookie",
    tokenId: null,
    clientId: null,
    sessionId: row.sessionId,
    isServerToken: false,
  };
}

/** The login cookie: `secret.cookieId.signature`. The signature spares the database every forged one. */
function signLogin(key: Secret, secret: string, cookieId: string): string {
  const statement = `${secret}.${cookieId}`;
  return `${statement}.${hmac(key.reveal(), statement)}`;
}

function readLogin(key: Secret, value: string): { secret: string; cookieId: string } | undefined {
  const [secret, cookieId, signature, ...rest] = value.split(".");
  if (secret === undefined || cookieId === undefined || signature === undefined || rest.length > 0) return undefined;
  if (!equalInConstantTime(signature, hmac(key.reveal(), `${secret}.${cookieId}`))) return undefined;
  return { secret, cookieId };
}
