/** Who makes a request: token first, then the login cookie (contract 2.7, 2.5). */
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type Cookies,
  cookieValues,
  type Identity,
  LOGIN_COOKIE,
  parseCookies,
  type SignedIn,
  tokenOfHeader,
  XSRF_COOKIE,
  type XsrfSubject,
  xsrfCookie,
} from "../access/index.ts";
import { equalInConstantTime, HubError } from "../kernel/index.ts";
import { type ClientFacts, clientFacts, listenerOf } from "./listener.ts";
import type { HubServices } from "./services.ts";

export interface Visitor {
  readonly client: ClientFacts;
  readonly cookies: Cookies;
  readonly identity: Identity | undefined;
  /** Set when `identity` came by the login cookie. */
  readonly session: SignedIn | undefined;
  /** An Authorization header was sent, valid or not: such requests never fall back to cookies. */
  readonly sentToken: boolean;
  readonly subject: XsrfSubject;
}

/** Authenticates a request; unknown credentials give a visitor without identity. */
export async function recogniseVisitor(request: FastifyRequest, services: HubServices): Promise<Visitor> {
  const client = clientFacts(request.raw);
  const cookies = parseCookies(request.headers.cookie);
  const anonymous: XsrfSubject = {
    kind: "anonymous",
    address: client.address,
    userAgent: request.headers["user-agent"] ?? "",
  };
  const token = tokenOfHeader(request.headers.authorization);
  if (token !== undefined) {
    const identity =
      (await commandLine(token, request, services)) ??
      (await services.access.tokens.resolve(token, { countsAsActivity: countsAsActivity(request, services) }));
    return { client, cookies, identity, session: undefined, sentToken: true, subject: anonymous };
  }
  for (const value of cookieValues(cookies, LOGIN_COOKIE)) {
    const session = await services.access.sessions.resolve(value, {
      countsAsActivity: countsAsActivity(request, services),
    });
    if (session === undefined) continue;
    return {
      client,
      cookies,
      identity: session.identity,
      session,
      sentToken: false,
      subject: { kind: "session", sessionHash: session.sessionHash },
    };
  }
  return { client, cookies, identity: undefined, session: undefined, sentToken: false, subject: anonymous };
}

/** Visiting a server's pages through the hub counts for nothing (contract 5.1), nor does a page that watches itself. */
function countsAsActivity(request: FastifyRequest, services: HubServices): boolean {
  const path = request.url;
  return (
    !path.startsWith(`${services.baseUrl}hub/user/`) && !path.startsWith(`${services.baseUrl}hub/api/hublet/events`)
  );
}

/** The CLI of this host: whoever can read the state folder owns the hub. */
async function commandLine(
  token: string,
  request: FastifyRequest,
  services: HubServices,
): Promise<Identity | undefined> {
  if (listenerOf(request.raw) !== "private" || !equalInConstantTime(token, services.cliToken.reveal()))
    return undefined;
  const user = { id: 0, name: "command line", admin: true } as unknown as Identity["user"]; // not a person: no row has id 0
  return {
    user,
    scopes: services.access.scopesOf(user),
    via: "token",
    tokenId: null,
    clientId: null,
    sessionId: null,
    isServerToken: false,
  };
}

/** Refuses what another site may have sent (contract 2.6). @throws HubError `forbidden` */
export function checkXsrf(
  request: FastifyRequest,
  services: HubServices,
  visitor: Visitor,
  apiPath: boolean,
): "pass" | "not-signed-in" {
  const refusal = services.access.xsrf.check({
    method: request.method,
    apiPath,
    headers: request.headers,
    via: visitor.sentToken ? "token" : visitor.session === undefined ? "none" : "cookie",
    subject: visitor.subject,
    submitted: submittedXsrf(request),
    cookies: visitor.cookies,
  });
  if (refusal === undefined) return "pass";
  if (refusal.reason === "not-signed-in") return "not-signed-in";
  throw new HubError("forbidden", refusal.message);
}

function submittedXsrf(request: FastifyRequest): string | undefined {
  for (const source of [request.query, request.body]) {
    if (typeof source !== "object" || source === null || !("_xsrf" in source)) continue;
    const value = source._xsrf;
    if (typeof value === "string") return value;
  }
  return undefined;
}

/**
 * The `_xsrf` value a page carries in its forms; sets the cookie when the browser has no valid one.
 * Set on navigations only, so that a fetch cannot race the page it came from (contract 2.6).
 */
export function pageXsrf(reply: FastifyReply, services: HubServices, visitor: Visitor): string {
  const valid = cookieValues(visitor.cookies, XSRF_COOKIE).find((value) =>
    services.access.xsrf.verify(value, visitor.subject),
  );
  if (valid !== undefined) return valid;
  const value = services.access.xsrf.issue(visitor.subject);
  addCookies(reply, [
    xsrfCookie(
      { baseUrl: services.baseUrl, secure: visitor.client.secure },
      value,
      visitor.subject.kind === "anonymous",
    ),
  ]);
  return value;
}

/** Adds Set-Cookie headers to those already there. */
export function addCookies(reply: FastifyReply, values: readonly string[]): void {
  const before = reply.getHeader("set-cookie");
  const list = before === undefined ? [] : Array.isArray(before) ? before : [String(before)];
  reply.header("set-cookie", [...list, ...values]);
}
