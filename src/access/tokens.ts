/** API tokens: made, shown, revoked, and turned into an identity (contract 2.7, 3.4, 3.5, 4.5). */
import { type Clock, HubError, isoTime, randomHex, Secret, sha256, type UserName } from "../kernel/index.ts";
import {
  deleteToken,
  deleteTokensOfClient,
  findToken,
  findTokenByHash,
  insertToken,
  listTokensOf,
  purgeTokens,
  type Store,
  type TokenRow,
} from "../store/index.ts";
import type { ActivityLog } from "./activity.ts";
import type { Authority, Holder } from "./authority.ts";
import type { Identity, Person } from "./identity.ts";
import { expand } from "./scopes/expand.ts";
import { beyond, intersect, type ScopeSet, scopeList } from "./scopes/scope-set.ts";

/** Client id of ordinary tokens: the hub itself (contract 2.1). */
export const HUB_CLIENT = "jupyterhub";

/** A token as the REST API shows it (contract 3.4); send it as it is. Times are ISO-8601 UTC. */
export interface TokenModel {
  readonly user: UserName;
  /** `a<n>` */
  readonly id: string;
  readonly kind: "api_token";
  readonly roles: readonly string[];
  /** Expanded, sorted. */
  readonly scopes: readonly string[];
  readonly created: string;
  readonly last_activity: string | null;
  readonly expires_at: string | null;
  readonly note: string;
  readonly session_id: string | null;
  /** The client's description; “JupyterHub” for ordinary tokens. */
  readonly oauth_client: string;
}

export interface NewToken {
  readonly owner: Person;
  readonly note: string;
  /** Whole seconds ≥ 1; absent: no expiry, or the configured maximum. */
  readonly expiresInSeconds?: number;
  /** Raw scopes; absent: `inherit`. */
  readonly scopes?: readonly string[];
  /**
   * Scopes of the identity that asks. When given, a token cannot give birth to a stronger one: scopes beyond these
   * are refused, and absent scopes mean what asker and owner have in common instead of `inherit`.
   */
  readonly creatorScopes?: ScopeSet;
  /** OAuth client; absent: `jupyterhub`. */
  readonly clientId?: string;
  readonly sessionId?: string;
}

export interface Tokens {
  /**
   * The secret is returned here and never again.
   * @throws HubError `bad-request` for an unknown scope, one beyond the owner's or the asker's, or a wrong lifetime
   */
  create(request: NewToken): Promise<{ readonly token: TokenModel; readonly secret: Secret }>;
  /** The owner's unexpired tokens, oldest first. */
  list(owner: Person): Promise<readonly TokenModel[]>;
  /** By `a<n>`; undefined for malformed ids, other owners and expired tokens. */
  get(owner: Person, id: string): Promise<TokenModel | undefined>;
  /** Deletes by `a<n>`; of an OAuth client all of the owner's tokens. False when there was none. */
  revoke(owner: Person, id: string): Promise<boolean>;
  /** Undefined for unknown and expired tokens, and those of suspended people but for their running servers' own. `countsAsActivity: false` leaves the owner's last activity alone. */
  resolve(secret: string, options?: { readonly countsAsActivity?: boolean }): Promise<Identity | undefined>;
  /** Deletes expired rows and says how many; call it now and then. */
  purgeExpired(): Promise<number>;
}

export interface TokensParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly activity: ActivityLog;
  /** Longest life in seconds, if there is a limit. */
  readonly maximumSeconds: number | undefined;
}

export function createTokens(parts: TokensParts): Tokens {
  const { store, clock, authority, activity } = parts;
  const now = () => isoTime(clock.now());

  return {
    async create(request) {
      const owner = await authority.holderOf(request.owner);
      const scopes = permittedScopes(authority, owner, request);
      const expiresAt = expiry(request.expiresInSeconds, parts);
      const secret = new Secret(randomHex());
      const id = await insertToken(store.db, {
        userId: request.owner.id,
        hash: sha256(secret.reveal()),
        note: request.note,
        scopes,
        clientId: request.clientId ?? HUB_CLIENT,
        sessionId: request.sessionId ?? null,
        created: now(),
        expiresAt,
      });
      const row = await findToken(store.db, request.owner.id, id, now());
      if (row === undefined)
        throw new HubError("conflict", "The token was revoked while it was made. Make another one.");
      return { token: modelOf(row, owner, authority), secret };
    },

    async list(owner) {
      const rows = await listTokensOf(store.db, owner.id, now());
      const holder = await authority.holderOf(owner);
      return rows.map((row) => modelOf(row, holder, authority));
    },

    async get(owner, id) {
      const row = await findByText(parts, owner, id);
      return row === undefined ? undefined : modelOf(row, await authority.holderOf(row.owner), authority);
    },

    async revoke(owner, id) {
      const row = await findByText(parts, owner, id);
      if (row === undefined) return false;
      if (row.clientId === HUB_CLIENT) await deleteToken(store.db, row.id);
      else await deleteTokensOfClient(store.db, row.clientId, owner.id);
      return true;
    },

    async resolve(secret, options = {}) {
      const row = await findTokenByHash(store.db, sha256(secret), now());
      // The work of a suspended person's running server is not stopped; everything else of theirs is nobody's.
      if (row === undefined || (row.owner.suspended !== null && !row.ofServer)) return undefined;
      const identity = await identityOf(row, authority);
      activity.ofToken(row);
      if (options.countsAsActivity !== false && !identity.isServerToken) activity.ofPerson(row.owner);
      return identity;
    },

    purgeExpired: () => purgeTokens(store.db, now()),
  };
}

/** How a token's number is shown: `a<n>`. */
export function tokenText(id: number): string {
  return `a${id}`;
}

/** The token of an `Authorization` header: `token T` or `Bearer T`, in any case (contract 2.7). */
export function tokenOfHeader(authorization: string | undefined): string | undefined {
  return /^(?:token|bearer) +(\S+)\s*$/i.exec(authorization ?? "")?.[1];
}

/** Note of a server's own token. Anybody may write the same: what is such a token, the server's row says. */
export function serverNote(prefix: string): string {
  return `Server at ${prefix}`;
}

async function identityOf(row: TokenRow, authority: Authority): Promise<Identity> {
  return {
    user: { id: row.owner.id, name: row.owner.name, admin: row.owner.admin },
    scopes: authority.scopesOfToken(await authority.holderOf(row.owner), grantOf(row)),
    groupsOf: authority.groupsOf,
    via: "token",
    tokenId: row.id,
    clientId: row.clientId,
    sessionId: row.sessionId,
    isServerToken: row.ofServer,
  };
}

function modelOf(row: TokenRow, owner: Holder, authority: Authority): TokenModel {
  return {
    user: row.owner.name,
    id: tokenText(row.id),
    kind: "api_token",
    roles: [],
    scopes: scopeList(authority.scopesOfToken(owner, grantOf(row))),
    created: row.created,
    last_activity: row.lastActivity,
    expires_at: row.expiresAt,
    note: row.note,
    session_id: row.sessionId,
    oauth_client: row.client?.description ?? (row.clientId === HUB_CLIENT ? "JupyterHub" : row.clientId),
  };
}

function grantOf(row: TokenRow) {
  return { scopes: row.scopes, issuer: row.client, byOauth: row.clientId !== HUB_CLIENT };
}

async function findByText({ store, clock }: TokensParts, owner: Person, id: string): Promise<TokenRow | undefined> {
  const number = /^a([1-9]\d{0,8})$/.exec(id)?.[1];
  return number === undefined ? undefined : findToken(store.db, owner.id, Number(number), isoTime(clock.now()));
}

/** The raw scopes to store. Beyond the owner's is an error at creation, never a silent cut (contract 4.5). */
function permittedScopes(authority: Authority, owner: Holder, { scopes, creatorScopes }: NewToken): readonly string[] {
  const ownerScopes = authority.scopesOf(owner);
  if (scopes === undefined) {
    const excess = creatorScopes === undefined ? [] : beyond(creatorScopes, ownerScopes, authority.groupsOf);
    if (creatorScopes === undefined || excess.length === 0) return ["inherit"];
    return scopeList(intersect(creatorScopes, ownerScopes, authority.groupsOf));
  }
  const expanded = expand(scopes, authority.expansion(owner, null));
  refuseBeyond(beyond(ownerScopes, expanded, authority.groupsOf), `${owner.name} does`);
  if (creatorScopes !== undefined) {
    refuseBeyond(beyond(creatorScopes, expanded, authority.groupsOf), "the token or sign-in that asks for it does");
  }
  return scopes;
}

function refuseBeyond(excess: readonly string[], who: string): void {
  if (excess.length === 0) return;
  throw new HubError(
    "bad-request",
    `The token was not made: it asks for scopes that ${who} not hold (${excess.slice(0, 20).join(", ")}). Ask for fewer scopes.`,
  );
}

function expiry(seconds: number | undefined, { clock, maximumSeconds }: TokensParts): string | null {
  if (seconds !== undefined && (!Number.isSafeInteger(seconds) || seconds < 1)) {
    throw new HubError(
      "bad-request",
      "The token was not made: its lifetime must be a whole number of seconds above 0.",
    );
  }
  if (maximumSeconds !== undefined && seconds !== undefined && seconds > maximumSeconds) {
    throw new HubError(
      "bad-request",
      `The token was not made: it may live at most ${maximumSeconds} seconds on this hub. Ask for a shorter life.`,
    );
  }
  const life = seconds ?? maximumSeconds;
  if (life === undefined) return null;
  // Dates end in the year 275760; anything near is forever.
  return life > 1e11 ? null : isoTime(clock.now() + life * 1000);
}
