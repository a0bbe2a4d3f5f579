/** What page routes ask of a visitor, and how they answer. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { cookieValues, type Identity, SESSION_ID_COOKIE, safeNext, sessionIdCookie } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import { addCookies } from "../visitor.ts";

/**
 * The person whose browser this is; anybody else is sent to the sign-in page with a way back (contract 1.8), and the
 * answer is undefined. Tokens open no pages (contract 2.7): they are for programs.
 * @throws HubError `not-signed-in` for what cannot be repeated after signing in
 */
export function signedIn(request: FastifyRequest, reply: FastifyReply, services: HubServices): Identity | undefined {
  const { session, cookies } = request.visitor;
  if (session === undefined) {
    toSignIn(request, reply, services);
    return undefined;
  }
  // It ends with the browser, the login cookie does not; servers tie what they remember to it (contract 2.5).
  if (!cookieValues(cookies, SESSION_ID_COOKIE).includes(session.sessionId))
    addCookies(reply, [sessionIdCookie(siteOf(request, services), session.sessionId)]);
  return session.identity;
}

/** @throws HubError `not-signed-in` for what cannot be repeated after signing in */
export function toSignIn(request: FastifyRequest, reply: FastifyReply, services: HubServices): FastifyReply {
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new HubError("not-signed-in", "You are not signed in. Sign in and try again.");
  return redirect(reply, `${services.baseUrl}hub/login?next=${encodeURIComponent(request.url)}`);
}

/** 302, or another redirect, to a path of this hub. */
export function redirect(reply: FastifyReply, to: string, status: 301 | 302 | 303 = 302): FastifyReply {
  return reply.code(status).header("location", to).type("text/html; charset=utf-8").send("");
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").send(html);
}

/** The query of a URL with its “?”, or "". */
export function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

/** The `next` of a page's query when it stays on this hub; undefined when absent or leading elsewhere (contract 2.6). */
export function safeNextOf(request: FastifyRequest, services: HubServices): string | undefined {
  const { next } = request.query as { next?: unknown };
  return typeof next === "string" ? safePath(next, request, services) : undefined;
}

/** The same for an address that came by another way. */
export function safePath(next: string, request: FastifyRequest, services: HubServices): string | undefined {
  return safeNext(next, { baseUrl: services.baseUrl, origin: request.visitor.client.origin });
}

export function siteOf(request: FastifyRequest, services: HubServices) {
  return { baseUrl: services.baseUrl, secure: request.visitor.client.secure };
}
