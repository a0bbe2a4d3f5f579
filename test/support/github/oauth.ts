/** GitHub's OAuth web flow. https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GithubAccount, GithubDirectory } from "./directory.ts";

/** “The temporary code will expire after 10 minutes.” */
const CODE_TIME = 10 * 60 * 1000;

export interface GithubApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly callbackUrl?: string;
  readonly expiringTokens?: number;
  readonly now: () => number;
}

interface Code {
  readonly account: GithubAccount;
  readonly redirectUri: string;
  readonly scope: string;
  readonly challenge: string | undefined;
  readonly until: number;
}

export interface GithubToken {
  readonly account: GithubAccount;
  readonly scope: string;
  readonly refresh: string | undefined;
  readonly until: number;
}

export class GithubOauth {
  readonly app: GithubApp;
  readonly tokens = new Map<string, GithubToken>();
  /** The next visitor says no on the page that asks. */
  denyNext = false;
  /** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors */
  suspended = false;
  /** Forms of token requests, without secrets: for tests of what is sent. */
  readonly exchanges: Readonly<Record<string, string>>[] = [];
  readonly #directory: GithubDirectory;
  readonly #codes = new Map<string, Code>();

  constructor(directory: GithubDirectory, app: GithubApp) {
    this.#directory = directory;
    this.app = app;
  }

  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname === "/login/oauth/authorize" && request.method === "GET") {
      this.#authorize(request, response, url);
      return;
    }
    if (url.pathname === "/login/oauth/access_token" && request.method === "POST") {
      const form = new URLSearchParams(await bodyOf(request));
      const { client_secret: _, ...shown } = Object.fromEntries(form);
      this.exchanges.push(shown);
      const answer = form.get("grant_type") === "refresh_token" ? this.#refresh(form) : this.#exchange(form);
      // “By default, the response takes the following form”: a form, unless the request asks for JSON.
      const json = request.headers.accept?.includes("application/json") === true;
      response.writeHead(200, {
        "content-type": json ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded",
      });
      response.end(json ? JSON.stringify(answer) : new URLSearchParams(answer as Record<string, string>).toString());
      return;
    }
    response.writeHead(404).end("Not Found");
  }

  /** The person takes the app's permission away, or the app's owner does: its tokens of that person are worthless. */
  revoke(login: string): void {
    const account = this.#directory.find(login);
    for (const [token, one] of this.tokens) if (one.account === account) this.tokens.delete(token);
  }

  /** Who a token belongs to now; undefined when it is worthless. */
  bearer(token: string): GithubToken | undefined {
    const found = this.tokens.get(token);
    if (found === undefined || found.until <= this.app.now()) return undefined;
    return this.#directory.accounts.has(found.account.id) ? found : undefined;
  }

  #authorize(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const given = url.searchParams;
    if (given.get("client_id") !== this.app.clientId) {
      response.writeHead(404).end("Not Found");
      return;
    }
    const redirectUri = given.get("redirect_uri") ?? this.app.callbackUrl ?? "";
    // Who is signed in at GitHub in this browser; a page of names for browsers that are driven by hand.
    const login = given.get("as") ?? /(?:^|;\s*)user_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const account = login === undefined ? undefined : this.#directory.find(decodeURIComponent(login));
    const answer = this.#decide(given, { redirectUri, account });
    if (answer === undefined) {
      this.#choose(response, url);
      return;
    }
    const state = given.get("state");
    const target = new URL(
      this.#isRegistered(redirectUri) ? redirectUri : (this.app.callbackUrl ?? "http://127.0.0.1/"),
    );
    target.search = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }) }).toString();
    response.writeHead(302, { location: target.href }).end();
  }

  /** What goes back to the app; undefined when somebody has to sign in first. */
  #decide(
    given: URLSearchParams,
    { redirectUri, account }: { readonly redirectUri: string; readonly account: GithubAccount | undefined },
  ): Record<string, string> | undefined {
    if (this.suspended)
      return { error: "application_suspended", error_description: "Your application has been suspended." };
    if (!this.#isRegistered(redirectUri)) return WRONG_REDIRECT;
    if (account === undefined) return undefined;
    if (this.denyNext) {
      this.denyNext = false;
      return { error: "access_denied", error_description: "The user has denied your application access." };
    }
    // https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication: S256 alone
    const challenge = given.get("code_challenge") ?? undefined;
    if (challenge !== undefined && given.get("code_challenge_method") !== "S256")
      return { error: "invalid_request", error_description: "code_challenge_method must be S256." };
    const code = randomBytes(10).toString("hex");
    const until = this.app.now() + CODE_TIME;
    this.#codes.set(code, { account, redirectUri, challenge, until, scope: given.get("scope") ?? "" });
    return { code };
  }

  #choose(response: ServerResponse, url: URL): void {
    const links = [...this.#directory.accounts.values()].map(({ login }) => {
      const target = new URL(url);
      target.searchParams.set("as", login);
      return `<p><a href="${target.pathname}${target.search.replaceAll("&", "&amp;")}">${login}</a></p>`;
    });
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><title>GitHub's stand-in</title><h1>Sign in to GitHub as</h1>${links.join("")}`);
  }

  /** “The redirect_uri's host and port must exactly match; its path must reference a subdirectory.” */
  #isRegistered(redirectUri: string): boolean {
    const registered = this.app.callbackUrl;
    const url = URL.parse(redirectUri);
    if (url === null) return false;
    if (registered === undefined) return url.hostname === "127.0.0.1" || url.hostname === "localhost";
    const wanted = new URL(registered);
    return url.origin === wanted.origin && `${url.pathname}/`.startsWith(`${wanted.pathname.replace(/\/$/, "")}/`);
  }

  /** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors */
  #exchange(form: URLSearchParams): object {
    if (!this.#isClient(form)) return WRONG_CLIENT;
    const given = form.get("code") ?? "";
    const code = this.#codes.get(given);
    this.#codes.delete(given);
    const verifier = form.get("code_verifier");
    const proven =
      code?.challenge === undefined ||
      (verifier !== null && createHash("sha256").update(verifier).digest("base64url") === code.challenge);
    if (code === undefined || code.until <= this.app.now() || !proven) return BAD_CODE;
    const redirectUri = form.get("redirect_uri");
    if (redirectUri !== null && redirectUri !== code.redirectUri) return WRONG_REDIRECT;
    return this.#issue(code.account, code.scope);
  }

  /** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens */
  #refresh(form: URLSearchParams): object {
    if (!this.#isClient(form)) return WRONG_CLIENT;
    const given = form.get("refresh_token") ?? "";
    const found = [...this.tokens].find(([, one]) => one.refresh !== undefined && one.refresh === given);
    if (found === undefined || !this.#directory.accounts.has(found[1].account.id)) return BAD_REFRESH;
    // “Once you use a refresh token, that refresh token and the old user access token will no longer work.”
    this.tokens.delete(found[0]);
    return this.#issue(found[1].account, "");
  }

  #isClient(form: URLSearchParams): boolean {
    return form.get("client_id") === this.app.clientId && form.get("client_secret") === this.app.clientSecret;
  }

  #issue(account: GithubAccount, scope: string): object {
    const { expiringTokens: seconds } = this.app;
    const token = `${seconds === undefined ? "gho" : "ghu"}_${randomBytes(18).toString("hex")}`;
    const refresh = seconds === undefined ? undefined : `ghr_${randomBytes(18).toString("hex")}`;
    const until = seconds === undefined ? Number.POSITIVE_INFINITY : this.app.now() + seconds * 1000;
    this.tokens.set(token, { account, refresh, until, scope });
    return {
      ...{ access_token: token, scope: scope.replaceAll(" ", ","), token_type: "bearer" },
      ...(refresh === undefined
        ? {}
        : { expires_in: seconds, refresh_token: refresh, refresh_token_expires_in: 15_897_600 }),
    };
  }
}

const WRONG_REDIRECT = {
  error: "redirect_uri_mismatch",
  error_description: "The redirect_uri MUST match the registered callback URL for this application.",
};
const WRONG_CLIENT = {
  error: "incorrect_client_credentials",
  error_description: "The client_id and/or client_secret passed are incorrect.",
};
const BAD_CODE = { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." };
const BAD_REFRESH = {
  error: "bad_refresh_token",
  error_description: "The refresh token passed is incorrect or expired.",
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
