/** What all ways of signing in have in common. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { signInCookies } from "../../access/index.ts";
import type { Person } from "../../people/index.ts";
import type { HubServices } from "../services.ts";
import { addCookies, checkXsrf } from "../visitor.ts";
import { siteOf } from "./visit.ts";

/** The form is not one that this browser was given of late: it is shown again, with a fresh token. */
export function isExpired(request: FastifyRequest, services: HubServices): boolean {
  return checkXsrf(request, services, false) !== undefined;
}

/**
 * A new session with new ids, whatever the browser came with: a fixed one is worth nothing afterwards.
 * @param by the way of signing in, for the log
 */
export async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  person: Person,
  by: "password" | "second factor" | "provider" | "header",
): Promise<void> {
  const { visitor } = request;
  if (visitor.session !== undefined) await services.access.sessions.end(visitor.session.sessionHash);
  const session = await services.access.sessions.create({
    userId: person.id,
    userAgent: (request.headers["user-agent"] ?? "").slice(0, 300),
    address: visitor.client.address,
    days: services.config().signIn.sessionDays,
  });
  const xsrf = services.access.xsrf.issue({ kind: "session", sessionHash: session.sessionHash });
  addCookies(reply, signInCookies(siteOf(request, services), session, xsrf));
  services.log.info({ user: person.name, address: visitor.client.address, by }, "signed in");
}
