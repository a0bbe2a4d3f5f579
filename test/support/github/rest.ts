/** The part of GitHub's REST API that says who somebody is and where they belong. https://docs.github.com/en/rest */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GithubDirectory, GithubOrganization } from "./directory.ts";
import type { GithubOauth, GithubToken } from "./oauth.ts";

/** “The per_page parameter: the number of results per page (max 100). Default: 30.” */
const PAGE = 30;
const LARGEST_PAGE = 100;
const LIMIT = 5000;

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export interface GithubLimit {
  /** `primary`: 403 with `x-ratelimit-remaining: 0`; `secondary`: 429 with `retry-after`. */
  readonly kind: "primary" | "secondary";
  /** Milliseconds since the epoch. */
  readonly until: number;
}

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export class GithubRest {
  /** Address of the API, for links to further pages. */
  base = "";
  /** Whom GitHub does not answer for a while; `*` is everybody. */
  readonly limits = new Map<string, GithubLimit>();
  /** Answers with this status whatever is asked (an outage). */
  failWith: number | undefined;
  /** Called at each request, before the answer. */
  onRequest: () => void = () => undefined;
  /** Requests that were under way at the same time, at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #directory: GithubDirectory;
  readonly #oauth: GithubOauth;
  readonly #now: () => number;

  constructor(directory: GithubDirectory, oauth: GithubOauth, now: () => number) {
    this.#directory = directory;
    this.#oauth = oauth;
    this.#now = now;
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    where: { readonly url: URL; readonly path: string },
  ): Promise<void> {
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    this.onRequest();
    // A turn of the event loop, so that requests that come together are seen to.
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    this.#answer(request, response, where);
  }

  #answer(
    request: IncomingMessage,
    response: ServerResponse,
    where: { readonly url: URL; readonly path: string },
  ): void {
    const { status, body, headers = {} } = this.#reply(request, where);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(JSON.stringify(body));
  }

  #reply(request: IncomingMessage, { url, path }: { readonly url: URL; readonly path: string }): Reply {
    if (this.failWith !== undefined) return { status: this.failWith, body: { message: "Server Error" } };
    // “If you specify an API version that is no longer supported, you will receive a 400 error.”
    const version = request.headers["x-github-api-version"];
    if (version !== undefined && version !== "2022-11-28")
      return { status: 400, body: { message: `Version ${String(version)} is not a supported version.` } };
    // “Requests with no User-Agent header will be rejected.”
    if (request.headers["user-agent"] === undefined)
      return { status: 403, body: { message: "Request forbidden by administrative rules." } };
    const token = this.#oauth.bearer(/^(?:Bearer|token) (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (token === undefined) return { status: 401, body: { message: "Bad credentials", status: "401" } };
    const limited = this.#limited(token);
    if (limited !== undefined) return limited;
    const { account } = token;
    if (account.suspended) return { status: 403, body: { message: "Sorry. Your account was suspended." } };
    const headers = { "x-ratelimit-limit": String(LIMIT), "x-ratelimit-remaining": String(LIMIT - 1) };
    if (path === "/user")
      return { status: 200, body: { login: account.login, id: account.id, type: "User", email: null }, headers };
    if (!mayReadOrganizations(token)) {
      const message = "You need at least read:org scope or user scope to list your organizations.";
      return { status: 403, body: { message } };
    }
    const one = /^\/user\/memberships\/orgs\/([^/]+)$/.exec(path)?.[1];
    if (one !== undefined) return { headers, ...this.#membershipIn(decodeURIComponent(one), token) };
    const found = this.#listOf(path, url, token);
    if (found === undefined) return { status: 404, body: { message: "Not Found" }, headers };
    const page = this.#page(url, path, found.items);
    return { status: 200, body: page.items, headers: { ...headers, ...page.headers, ...found.headers } };
  }

  /** What app or single sign-on may not see is left out of lists, silently or with a header. */
  #listOf(path: string, url: URL, token: GithubToken) {
    const { account } = token;
    const mine = [...this.#directory.organizations.values()].filter(({ members }) => members.has(account.id));
    const seen = mine.filter(({ restrictsApps, wantsSso }) => !restrictsApps && !wantsSso);
    const hidden = mine.filter(({ wantsSso }) => wantsSso).map(({ id }) => id);
    const headers: Record<string, string> =
      hidden.length === 0 ? {} : { "x-github-sso": `partial-results; organizations=${hidden.join(",")}` };
    const active = seen.filter(({ members }) => members.get(account.id)?.state === "active");
    const state = url.searchParams.get("state");
    switch (path) {
      case "/user/memberships/orgs": {
        const all = seen.map((organization) => membership(organization, token));
        return { items: all.filter((one) => state === null || one.state === state), headers };
      }
      case "/user/orgs":
        return { items: active.map(({ login, id }) => ({ login, id })), headers };
      case "/user/teams":
        return { items: seen.flatMap((organization) => teams(organization, token)), headers };
      default:
        return undefined;
    }
  }

  /** https://docs.github.com/en/rest/orgs/members#get-an-organization-membership-for-the-authenticated-user */
  #membershipIn(name: string, token: GithubToken): Reply {
    const organization = this.#directory.organizations.get(name.toLowerCase());
    if (organization === undefined) return { status: 404, body: { message: "Not Found" } };
    const { login } = organization;
    if (organization.restrictsApps) {
      const message = `Although you appear to have the correct authorization credentials, the \`${login}\` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.`;
      return { status: 403, body: { message } };
    }
    if (organization.wantsSso) {
      const message =
        "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.";
      const headers = { "x-github-sso": `required; url=https://github.invalid/orgs/${login}/sso` };
      return { status: 403, body: { message }, headers };
    }
    if (organization.members.has(token.account.id)) return { status: 200, body: membership(organization, token) };
    return { status: 404, body: { message: "Not Found" } };
  }

  #limited({ account }: GithubToken): Reply | undefined {
    const limit = this.limits.get(account.login) ?? this.limits.get("*");
    if (limit === undefined || limit.until <= this.#now()) return undefined;
    const seconds = Math.ceil(limit.until / 1000);
    if (limit.kind === "secondary")
      return {
        status: 429,
        body: { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." },
        headers: { "retry-after": String(Math.ceil((limit.until - this.#now()) / 1000)) },
      };
    return {
      status: 403,
      body: { message: `API rate limit exceeded for user ID ${account.id}.` },
      headers: {
        "x-ratelimit-limit": String(LIMIT),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(seconds),
      },
    };
  }

  /** https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
  #page(url: URL, path: string, items: readonly object[]) {
    const size = Math.min(LARGEST_PAGE, Number(url.searchParams.get("per_page") ?? PAGE));
    const page = Number(url.searchParams.get("page") ?? 1);
    const last = Math.max(1, Math.ceil(items.length / size));
    const link = (number: number, rel: string) => {
      const query = new URLSearchParams(url.searchParams);
      query.set("page", String(number));
      return `<${this.base}${path}?${query}>; rel="${rel}"`;
    };
    const links = [
      ...(page > 1 ? [link(page - 1, "prev")] : []),
      ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
      ...(page > 1 ? [link(1, "first")] : []),
    ];
    const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(", ") };
    return { items: items.slice((page - 1) * size, page * size), headers };
  }
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps; apps whose tokens end have permissions instead. */
function mayReadOrganizations({ scope, refresh }: GithubToken): boolean {
  return refresh !== undefined || scope.split(/[ ,]/).some((one) => /^(read:org|write:org|admin:org|user)$/.test(one));
}

function membership({ id, login, members }: GithubOrganization, { account }: GithubToken) {
  return { state: members.get(account.id)?.state ?? "pending", role: "member", organization: { login, id } };
}

function teams(organization: GithubOrganization, { account }: GithubToken) {
  return [...organization.teams.values()]
    .filter(({ members }) => members.has(account))
    .map(({ slug, parent }) => ({
      slug,
      name: slug,
      parent: parent === undefined ? null : { slug: parent, name: parent },
      organization: { login: organization.login, id: organization.id },
    }));
}
