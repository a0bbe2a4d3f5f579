/** API tokens: made, shown, revoked, and turned into an identity (contract 2.7, 3.4, 3.5, 4.5). */
import type { Secret, UserName } from "../kernel/index.ts";
import type { Identity, Person } from "./identity.ts";
import type { ScopeSet } from "./scopes/scope-set.ts";

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
  /** Undefined for unknown and expired tokens. `countsAsActivity: false` leaves the owner's last activity alone. */
  resolve(secret: string, options?: { readonly countsAsActivity?: boolean }): Promise<Identity | undefined>;
  /** Deletes expired rows and says how many; call it now and then. */
  purgeExpired(): Promise<number>;
}
