/**
 * The tables, as Kysely sees them. Both databases store the same shapes: times as ISO-8601 UTC text with milliseconds
 * (which sorts as time does), booleans as 0/1, structured values as JSON text that the repositories parse by zod.
 */
import type { Generated } from "kysely";

export interface UsersTable {
  id: Generated<number>;
  /** Normalised name, unique. */
  name: string;
  /** May do everything now, for whichever reason; worked out by `src/people` from all that is said. */
  admin: number;
  /** An admin made this person one, as opposed to a rule of the configuration. */
  admin_by_hand: Generated<number>;
  /** An admin added this person: they may enter without any rule. */
  by_hand: Generated<number>;
  /** Why this person may not enter now, in a sentence for admins; null when they may. Worked out like `admin`. */
  suspended: string | null;
  created: string;
  last_activity: string | null;
  /** argon2id hash in PHC form; null until the person has claimed the account. */
  password_hash: string | null;
  /** Random and per person; part of the signed login cookie, replaced to sign out everywhere (contract 2.5). */
  cookie_id: string;
  /** Number that the person's servers run under, where everybody has one of their own; null until the first such start. */
  uid: Generated<number | null>;
}

/** One-time codes that let a person set a password (P6, D21). At most one for a person; only the hash is kept. */
export interface ClaimsTable {
  user_id: number;
  code_hash: string;
  created: string;
  expires_at: string;
}

/** A signed-in browser. */
export interface SessionsTable {
  /** SHA-256 of the secret in the login cookie. */
  hash: string;
  user_id: number;
  /** The public `jupyterhub-session-id`; OAuth tokens issued in this browser carry it (contract 2.5, 2.8). */
  session_id: string;
  created: string;
  expires_at: string;
  user_agent: string;
  address: string;
}

export interface TokensTable {
  /** Shown as `a<id>` (contract 3.4). */
  id: Generated<number>;
  user_id: number;
  /** SHA-256 of the token; the token itself is never stored. */
  hash: string;
  note: string;
  /** JSON list of raw scopes, unexpanded. */
  scopes: string;
  /** The OAuth client that got it; `jupyterhub` for ordinary tokens. */
  client_id: string;
  session_id: string | null;
  created: string;
  last_activity: string | null;
  expires_at: string | null;
}

/** An OAuth client for each running server (contract 2.1). */
export interface OauthClientsTable {
  client_id: string;
  secret_hash: string;
  redirect_uri: string;
  description: string;
  server_id: number;
  /** JSON list. */
  allowed_scopes: string;
}

export interface OauthCodesTable {
  hash: string;
  client_id: string;
  user_id: number;
  redirect_uri: string;
  /** JSON list of granted raw scopes. */
  scopes: string;
  challenge: string | null;
  challenge_method: string | null;
  session_id: string | null;
  expires_at: string;
}

export interface ServersTable {
  id: Generated<number>;
  user_id: number;
  /** `""` is the default server. */
  name: string;
  display_name: string;
  /** One of `SERVER_STATES` of the contract. */
  state: string;
  state_since: string;
  started: string | null;
  last_activity: string | null;
  /** JSON object: the options of the last start. */
  user_options: string;
  profile: string | null;
  image: string | null;
  protocol: string | null;
  /** Engine id and address while it runs or starts. */
  engine_id: string | null;
  url: string | null;
  /** Token of the server (its `tokens` row), removed at stop. */
  token_id: number | null;
  /** Protocol `http`: what the proxy needs to let people in; changes at every start. JSON. */
  gate: string | null;
  /** JSON `Failure` of the contract, when `state` is `failed`. */
  failure: string | null;
  /** JSON `{text, rule}`: the rule by which the hub itself stopped it; null after the next start. */
  note: string | null;
  /** Counts starts; events of older starts carry older numbers. */
  generation: number;
  /** The hub process that works on it, and until when it may (crash safety). */
  lease_owner: string | null;
  lease_until: string | null;
}

export interface ServerEventsTable {
  id: Generated<number>;
  server_id: number;
  generation: number;
  at: string;
  state: string;
  step: string | null;
  message: string;
  progress: number;
  bytes_done: number | null;
  bytes_total: number | null;
  failure: string | null;
}

/** Failed sign-ins, counted per person and per address; they survive a restart. The rules are in `src/signin/limits.ts`. */
export interface AttemptsTable {
  /** `pair:NAME|ADDRESS`, `address:ADDRESS`, `user:NAME`; or `known:NAME|ADDRESS`, which remembers a success. */
  key: string;
  failures: number;
  /** Until when further attempts are refused. */
  blocked_until: string | null;
  last_failure: string;
}

/**
 * Who a person is elsewhere. `(provider, issuer, subject)` is unique: a login can be renamed, and registered again by
 * another; and an id of github.com says nothing about the same id of another server.
 */
export interface IdentitiesTable {
  id: Generated<number>;
  user_id: number;
  /** `github`, `oidc:NAME` or `header`. */
  provider: string;
  /** The instance it is of: origin of GitHub's address, OpenID's issuer; "" of header and dummy. */
  issuer: string;
  /** The provider's stable id: GitHub's number, OpenID's `sub`; of a header the name itself. */
  subject: string;
  /** The name there as it was last seen. */
  login: string;
  /** A verified address, or null. */
  email: string | null;
  /** JSON list: `org`, `org:team`, or the provider's own groups. */
  groups: string;
  /** Sealed JSON: the tokens by which groups are looked up again. */
  credential: string | null;
  refreshed_at: string;
  /** Why the last look-up failed; null when it did not. */
  problem: string | null;
}

/**
 * Which account a rule means that names a login: the one that first came with it. The row outlives a rename there and the
 * person here, so that who registers the login again gets nothing of it.
 */
export interface BoundLoginsTable {
  provider: string;
  /** As of `IdentitiesTable`. */
  issuer: string;
  /** Lower case. */
  login: string;
  subject: string;
}

/** Groups that were made by hand or by API, or have members by hand; the configuration's need no row. */
export interface GroupsTable {
  id: Generated<number>;
  name: string;
  /** JSON object (contract 3.4). */
  properties: string;
}

/** Memberships that were given by hand or by API; all others follow from the configuration. */
export interface GroupMembersTable {
  group_id: number;
  user_id: number;
}

/** Requests for an account that wait for an admin. */
export interface SignUpsTable {
  id: Generated<number>;
  name: string;
  password_hash: string;
  note: string;
  address: string;
  created: string;
}

/** One-time codes of an app (RFC 6238). */
export interface SecondFactorsTable {
  user_id: number;
  /** Sealed; never stored as it is. */
  secret: string;
  /** 0 until the first code has proved that the app has it. */
  active: number;
  /** Time step of the last accepted code: none is taken twice. */
  last_step: number;
  /** JSON list of hashes of unused recovery codes. */
  recovery: string;
  created: string;
}

/** Access to a server that its owner gave to a person or a group (contract 3.4). */
export interface SharesTable {
  id: Generated<number>;
  server_id: number;
  user_id: number | null;
  group_id: number | null;
  /** JSON list. */
  scopes: string;
  created: string;
}

export interface ShareCodesTable {
  /** Shown as `sc_<id>`. */
  id: Generated<number>;
  server_id: number;
  hash: string;
  /** JSON list. */
  scopes: string;
  created: string;
  expires_at: string;
  exchange_count: number;
  last_exchanged_at: string | null;
}

/** Small facts about the hub itself: its id, the schema of keys. */
export interface FactsTable {
  name: string;
  value: string;
}

export interface Tables {
  users: UsersTable;
  claims: ClaimsTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  oauth_clients: OauthClientsTable;
  oauth_codes: OauthCodesTable;
  servers: ServersTable;
  server_events: ServerEventsTable;
  attempts: AttemptsTable;
  identities: IdentitiesTable;
  bound_logins: BoundLoginsTable;
  groups: GroupsTable;
  group_members: GroupMembersTable;
  sign_ups: SignUpsTable;
  second_factors: SecondFactorsTable;
  shares: SharesTable;
  share_codes: ShareCodesTable;
  facts: FactsTable;
}
