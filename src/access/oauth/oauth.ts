/** The OAuth 2 provider (contract 2.1–2.4): types; each endpoint has a file of its own. */
import type { Clock, Secret, ServerName, UserName } from "../../kernel/index.ts";
import type { Store } from "../../store/index.ts";
import type { Authority } from "../authority.ts";
import type { Identity } from "../identity.ts";

/** Query or form as Fastify parses it: a repeated name gives an array. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ServerClient {
  /** Row of `servers`. */
  readonly serverId: number;
  readonly user: UserName;
  readonly server: ServerName;
  /** The server's API token, which is its client secret too. */
  readonly secret: Secret;
  /** `BASE user/P(user)/[P(server)/]oauth_callback`, compared as an exact string. */
  readonly redirectUri: string;
  /** `Server at /user/P/[server/]` */
  readonly description: string;
  /** Extra raw scopes the server may ask for; usually none. */
  readonly allowedScopes: readonly string[];
}

export interface ScopeOffer {
  /** Raw scope: the value of a hidden `scopes` field. */
  readonly scope: string;
  /** Plain English for the page. */
  readonly words: string;
}

export type AuthorizeOutcome =
  /** 302; may be a relative path. */
  | { readonly kind: "redirect"; readonly to: string }
  /** 200 HTML: a form that POSTs to the same URL. */
  | {
      readonly kind: "confirm";
      readonly client: {
        readonly id: string;
        readonly description: string;
        /** Whose server it is, and which: `""` is the default one. */
        readonly user: UserName;
        readonly server: ServerName;
      };
      readonly scopes: readonly ScopeOffer[];
    }
  /** HTML, never a redirect. */
  | { readonly kind: "error-page"; readonly status: 400 | 403; readonly message: string };

/** An answer in OAuth's own shape, errors too: send it as it is. */
export interface TokenAnswer {
  readonly status: 200 | 400 | 401;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string | number>>;
}

export interface OAuth {
  /** At every start of a server: replaces the client of that server, and ends what the old one gave out. Returns the id. */
  registerServerClient(client: ServerClient): Promise<{ readonly clientId: string }>;
  /** At a stop: the client with all its tokens and codes. Missing is fine. */
  removeServerClient(clientId: string): Promise<void>;
  /** `GET API/oauth2/authorize` of a signed-in person (2.2). Anonymous visitors are sent to the login page before. */
  authorize(query: Fields, identity: Identity): Promise<AuthorizeOutcome>;
  /** `POST` of the confirmation: same query, the form's `scopes`. The caller has checked XSRF. */
  grant(query: Fields, scopes: readonly string[], identity: Identity): Promise<AuthorizeOutcome>;
  /** `POST API/oauth2/token` (2.4): no cookie, no XSRF, no Authorization header. */
  token(form: Fields): Promise<TokenAnswer>;
  /** Deletes expired codes and says how many. */
  purgeExpired(): Promise<number>;
}

export interface OAuthParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly authority: Authority;
  /** Life of the tokens given out, in seconds. */
  readonly tokenSeconds: number;
  readonly requirePkce: boolean;
}
