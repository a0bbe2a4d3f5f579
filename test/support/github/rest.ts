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

export class GithubRest {
  /** Address of the API, for links to further pages. */
  base = "";
  /** Whom GitHub does not answer for a while; `*` is everybody. */
  readonly limits = new Map<string, GithubLimit>();
  /** Answers with this status whatever is asked (an outage). */
  failWith: number | undefined;
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
    { url, path }: { readonly url: URL; readonly path: string },
  ): Promise<void> {
    const reply = (status: number, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      response.end(JSON.stringify(body));
    };
    if (this.failWith !== undefined) return reply(this.failWith, { message: "Server Error" });
    // “If you specify an API version that is no longer supported, you will receive a 400 error.”
    const version = request.headers["x-github-api-version"];
    if (version !== undefined && version !== "2022-11-28")
      return reply(400, { message: `Version ${String(version)} is not a supported version.` });
    // “Requests with no User-Agent header will be rejected.”
    if (request.headers["user-agent"] === undefined)
      return reply(403, { message: "Request forbidden by administrative rules." });
    const token = this.#oauth.bearer(/^(?:Bearer|token) (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (token === undefined) return reply(401, { message: "Bad credentials", status: "401" });
    const limited = this.#limited(token);
    if (limited !== undefined) return reply(limited.status, { message: limited.message }, limited.headers);
    if (token.account.suspended) return reply(403, { message: "Sorry. Your account was suspended." });
    const headers = { "x-ratelimit-limit": String(LIMIT), "x-ratelimit-remaining": String(LIMIT - 1) };
    const list = (items: readonly object[], sso: Record<string, string> = {}) => {
      const page = this.#page(url, path, items);
      reply(200, page.items, { ...headers, ...page.headers, ...sso });
    };
    const { account } = token;
    if (path === "/user")
      return reply(200, { login: account.login, id: account.id, type: "User", email: null }, headers);
    if (!mayReadOrganizations(token))
      return reply(403, { message: "You need at least read:org scope or user scope to list your organizations." });
    // What app or single sign-on may not see is left out of lists, silently or with a header.
    const mine = [...this.#directory.organizations.values()].filter(({ members }) => members.has(account.id));
    const seen = mine.filter(({ restrictsApps, wantsSso }) => !restrictsApps && !wantsSso);
    const hidden = mine.filter(({ wantsSso }) => wantsSso).map(({ id }) => id);
    const sso: Record<string, string> =
      hidden.length === 0 ? {} : { "x-github-sso": `partial-results; organizations=${hidden.join(",")}` };
    if (path === "/user/memberships/orgs") {
      const state = url.searchParams.get("state");
      const found = seen.map((one) => membership(one, token)).filter((one) => state === null || one.state === state);
      return list(found, sso);
    }
    if (path === "/user/orgs") {
      const active = seen.filter(({ members }) => members.get(account.id)?.state === "active");
      return list(
        active.map(({ login, id }) => ({ login, id })),
        sso,
      );
    }
    if (path === "/user/teams")
      return list(
        seen.flatMap((one) => teams(one, token)),
        sso,
      );
    const one = /^\/user\/memberships\/orgs\/([^/]+)$/.exec(path)?.[1];
    const organization = one === undefined ? undefined : this.#directory.organizations.get(one.toLowerCase());
    if (organization?.restrictsApps === true)
      return reply(403, {
        message: `Although you appear to have the correct authorization credentials, the \`${organization.login}\` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.`,
      });
    if (organization?.wantsSso === true)
      return reply(
        403,
        {
          message:
            "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
        },
        { "x-github-sso": `required; url=https://github.invalid/orgs/${organization.login}/sso` },
      );
    if (organization?.members.has(account.id) === true) return reply(200, membership(organization, token), headers);
    reply(404, { message: "Not Found" }, headers);
  }

  #limited({ account }: GithubToken) {
    const limit = this.limits.get(account.login) ?? this.limits.get("*");
    if (limit === undefined || limit.until <= this.#now()) return undefined;
    const seconds = Math.ceil(limit.until / 1000);
    if (limit.kind === "secondary")
      return {
        status: 429,
        message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        headers: { "retry-after": String(Math.ceil((limit.until - this.#now()) / 1000)) },
      };
    return {
      status: 403,
      message: `API rate limit exceeded for user ID ${account.id}.`,
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
