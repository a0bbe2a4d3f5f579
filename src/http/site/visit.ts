/** What page routes ask of a visitor. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../../access/index.ts";
import { HubError, type UserName } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";

/** Sends an anonymous visitor to the sign-in page with a way back (contract 1.8). Undefined when that was done. */
export function signedIn(request: FastifyRequest, reply: FastifyReply, services: HubServices): Identity | undefined {
  const { identity } = request.visitor;
  if (identity !== undefined) return identity;
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new HubError("not-signed-in", "You are not signed in. Sign in and try again.");
  redirect(reply, `${services.baseUrl}hub/login?next=${encodeURIComponent(request.url)}`);
  return undefined;
}

/** 302, or another redirect, to a path of this hub. */
export function redirect(reply: FastifyReply, to: string, status: 301 | 302 | 303 = 302): FastifyReply {
  return reply.code(status).header("location", to).type("text/html; charset=utf-8").send("");
}

/** The query of a URL with its “?”, or "". */
export function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

/** Name of a signed-in person; the command line has no pages. */
export function personName(identity: Identity): UserName {
  return identity.user.name;
}
