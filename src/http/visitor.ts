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
  type XsrfRefusal,
  type XsrfSubject,
  xsrfCookie,
} from "../access/index.ts";
import { equalInConstantTime } from "../kernel/index.ts";
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
export async function recogniseVisitor(
  request: FastifyRequest,
  services: HubServices,
  activity: { readonly countsAsActivity: boolean } = { countsAsActivity: countsAsActivity(request, services) },
): Promise<Visitor> {
  const client = clientFacts(request.raw, services.config());
  const cookies = parseCookies(request.headers.cookie);
  const anonymous = anonymousSubject(request, client);
  const token = tokenOfHeader(request.headers.authorization);
  if (token !== undefined) {
    const identity = commandLine(token, request, services) ?? (await services.access.tokens.resolve(token, activity));
    return { client, cookies, identity, session: undefined, sentToken: true, subject: anonymous };
  }
  for (const value of cookieValues(cookies, LOGIN_COOKIE)) {
    const session = await services.access.sessions.resolve(value, activity);
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

/** The same request as if its cookie had not been sent. */
export function anonymised(request: FastifyRequest): Visitor {
  const { visitor } = request;
  return {
    ...visitor,
    identity: undefined,
    session: undefined,
    subject: anonymousSubject(request, visitor.client),
  };
}

function anonymousSubject(request: FastifyRequest, client: ClientFacts): XsrfSubject {
  return { kind: "anonymous", address: client.address, userAgent: request.headers["user-agent"] ?? "" };
}

/** Visiting a server's pages through the hub counts for nothing (contract 5.1), nor does a page that watches itself. */
function countsAsActivity(request: FastifyRequest, services: HubServices): boolean {
  const path = request.url;
  return (
    !path.startsWith(`${services.baseUrl}hub/user/`) && !path.startsWith(`${services.baseUrl}hub/api/hublet/events`)
  );
}

/**
 * The CLI of this host: whoever can read the state folder owns the hub. It comes to the private socket itself; what the
 * proxy forwards bears its header, so that the token is worth nothing from the network.
 */
function commandLine(token: string, request: FastifyRequest, services: HubServices): Identity | undefined {
  if (listenerOf(request.raw) !== "private" || request.headers["x-forwarded-for"] !== undefined) return undefined;
  if (!equalInConstantTime(token, services.cliToken.reveal())) return undefined;
  return services.access.commandLine;
}

/** Whether another site may have made the browser send this (contract 2.6); undefined when the request may pass. */
export function checkXsrf(request: FastifyRequest, services: HubServices, apiPath: boolean): XsrfRefusal | undefined {
  const { visitor } = request;
  return services.access.xsrf.check({
    method: request.method,
    apiPath,
    headers: request.headers,
    via: visitor.sentToken ? "token" : visitor.session === undefined ? "none" : "cookie",
    subject: visitor.subject,
    submitted: submittedXsrf(request),
    cookies: visitor.cookies,
  });
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
  if ((reply.request.headers["sec-fetch-mode"] ?? "navigate") !== "navigate") return value;
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
