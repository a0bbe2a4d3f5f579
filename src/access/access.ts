/** What you may do: one object with everything of this room, made once by the composition root. */
import type { Clock, Closable, Secret, ServerName, UserName } from "../kernel/index.ts";
import type { Store } from "../store/index.ts";
import type { Gate } from "./gate.ts";
import type { Identity, Person } from "./identity.ts";
import type { OAuth } from "./oauth/oauth.ts";
import type { ScopeSet } from "./scopes/scope-set.ts";
import type { Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";
import type { Xsrf } from "./xsrf.ts";

export interface AccessOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** `BASE`: begins and ends with `/`. */
  readonly baseUrl: string;
  /** Signs login cookies and XSRF tokens; kept with the hub's state, so that a restart signs nobody out. */
  readonly key: Secret;
  /** Signs gate cookies; shared with the proxy. */
  readonly gateKey: Secret;
  /** Groups of a person; none until there are groups. */
  readonly groupsOf?: (user: UserName) => readonly string[];
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
  /** Everything a person may do, as a signed-in browser has it. */
  scopesOf(person: Person): ScopeSet;
  /** May this identity use that server? (`access:servers`) */
  mayAccessServer(identity: Identity, user: UserName, server: ServerName): boolean;
  /** `JUPYTERHUB_API_TOKEN` of a server at its start (2.4.5); `tokenId` goes to `servers.token_id`. */
  issueServerToken(of: {
    readonly owner: Person;
    readonly server: ServerName;
  }): Promise<{ readonly tokenId: number; readonly secret: Secret }>;
  /** At a stop. Missing is fine. */
  revokeServerToken(tokenId: number): Promise<void>;
  /** Deletes what has expired: tokens, sessions, codes. Call it every few minutes. */
  purgeExpired(): Promise<void>;
  /** Writes pending activity. */
  close(): Promise<void>;
}
