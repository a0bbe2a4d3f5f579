/** What you may do: one object with everything of this room, made once by the composition root. */
import { type Clock, type Closable, hmac, isoTime, Secret, type ServerName, type UserName } from "../kernel/index.ts";
import { purgeOauthCodes, type Store } from "../store/index.ts";
import { ActivityLog } from "./activity.ts";
import { Authority } from "./authority.ts";
import { createGate, type Gate, mayAccessServer } from "./gate.ts";
import type { Identity, Person } from "./identity.ts";
import { authorize, grant } from "./oauth/authorize.ts";
import { registerServerClient, removeServerClient } from "./oauth/clients.ts";
import type { OAuth, OAuthParts } from "./oauth/oauth.ts";
import { exchange } from "./oauth/token.ts";
import type { ScopeSet } from "./scopes/scope-set.ts";
import {
  createServerCredentials,
  issueServerToken,
  revokeServerToken,
  type ServerCredentials,
} from "./server-credentials.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createShares, type Shares } from "./shares/shares.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { createXsrf, type Xsrf } from "./xsrf.ts";

const OAUTH_TOKEN_SECONDS = 14 * 24 * 60 * 60;

export interface AccessOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** `BASE`: begins and ends with `/`. */
  readonly baseUrl: string;
  /** Signs login cookies and XSRF tokens; kept with the hub's state, so that a restart signs nobody out. */
  readonly key: Secret;
  /** Signs gate cookies; shared with the proxy. */
  readonly gateKey: Secret;
  /** Names of the groups a person is in, now; asked at every request, so from memory (`people.groupsOf`). */
  readonly groupsOf: (user: UserName) => readonly string[];
  /** May this person let others into their servers? Asked at every request (`people.policyOf(user).sharing.value`). */
  readonly sharingOf: (user: UserName) => boolean;
  /** Longest life of an API token in seconds; absent: no limit. */
  readonly maximumTokenSeconds?: number;
  /** Life of OAuth tokens in seconds; 14 days when absent. */
  readonly oauthTokenSeconds?: number;
  /** Refuse OAuth clients that do not use PKCE (old servers). */
  readonly requirePkce?: boolean;
  /** Told about failures of background writes (last activity). */
  readonly onError?: (error: unknown) => void;
}

export interface Access extends Closable {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly xsrf: Xsrf;
  readonly oauth: OAuth;
  readonly gate: Gate;
  /** Token and OAuth client of a server in one step; fits the servers room's port of that name. */
  readonly serverCredentials: ServerCredentials;
  /** Everything a person may do, as a signed-in browser has it. */
  scopesOf(person: Person): Promise<ScopeSet>;
  /** Whoever can read the hub's state folder: may do everything, and is no person (no row has id 0). */
  readonly commandLine: Identity;
  /** Who may use whose server beside its owner. */
  readonly shares: Shares;
  /** May this identity use that server? (`access:servers`) */
  mayAccessServer(identity: Identity, user: UserName, server: ServerName): boolean;
  /** `JUPYTERHUB_API_TOKEN` of a server at its start (2.4.5); `tokenId` goes to `servers.token_id`. */
  issueServerToken(of: {
    readonly owner: Person;
    readonly server: ServerName;
  }): Promise<{ readonly tokenId: number; readonly secret: Secret }>;
  /** At a stop. Missing is fine. */
  revokeServerToken(tokenId: number): Promise<void>;
  /** Deletes what has expired: tokens, sessions, codes of OAuth and of shares. Call it every few minutes. */
  purgeExpired(): Promise<void>;
  /** Writes pending activity; close it before the store. */
  close(): Promise<void>;
}

export function openAccess(options: AccessOptions): Access {
  const { store, clock, baseUrl, gateKey } = options;
  const authority = new Authority(options);
  const activity = new ActivityLog(store, clock, options.onError ?? (() => undefined));
  const shared = { store, clock, authority, activity };
  const tokens = createTokens({ ...shared, maximumSeconds: options.maximumTokenSeconds });
  const sessions = createSessions({ ...shared, key: keyFor("login", options.key) });
  const oauth = createOAuth({
    store,
    clock,
    authority,
    tokenSeconds: options.oauthTokenSeconds ?? OAUTH_TOKEN_SECONDS,
    requirePkce: options.requirePkce ?? false,
  });
  const shares = createShares({ store, clock, authority });
  const credentials = { store, clock, baseUrl };

  return {
    tokens,
    sessions,
    oauth,
    xsrf: createXsrf({ clock, key: keyFor("xsrf", options.key) }),
    gate: createGate({ store, clock, authority, baseUrl, key: gateKey }),
    serverCredentials: createServerCredentials(credentials),
    scopesOf: async (person) => authority.scopesOf(await authority.holderOf(person)),
    commandLine: commandLineOf(authority),
    shares,
    mayAccessServer: (identity, user, server) => mayAccessServer({ identity, user, server }),
    issueServerToken: (of) => issueServerToken(credentials, of),
    revokeServerToken: (tokenId) => revokeServerToken(credentials, tokenId),
    async purgeExpired() {
      await tokens.purgeExpired();
      await sessions.purgeExpired();
      await oauth.purgeExpired();
      await shares.codes.purgeExpired();
    },
    close: () => activity.close(),
  };
}

function createOAuth(parts: OAuthParts): OAuth {
  return {
    registerServerClient: (client) => registerServerClient(parts.store, client),
    removeServerClient: (clientId) => removeServerClient(parts.store, clientId),
    authorize: (query, identity) => authorize(parts, query, identity),
    grant: (query, scopes, identity) => grant(parts, query, scopes, identity),
    token: (form) => exchange(parts, form),
    purgeExpired: () => purgeOauthCodes(parts.store.db, isoTime(parts.clock.now())),
  };
}

function commandLineOf(authority: Authority): Identity {
  const user = { id: 0, name: "command line" as UserName, admin: true };
  return {
    user,
    scopes: authority.scopesOf({ ...user, granted: [] }),
    groupsOf: authority.groupsOf,
    via: "token",
    tokenId: null,
    clientId: null,
    sessionId: null,
    isServerToken: false,
  };
}

/** A key of its own for each purpose, so that what is signed for one never passes as another. */
function keyFor(purpose: string, key: Secret): Secret {
  return new Secret(hmac(key.reveal(), purpose));
}
