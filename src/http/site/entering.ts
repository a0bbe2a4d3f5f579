/** What signing in and claiming an account have in common. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { signInCookies } from "../../access/index.ts";
import type { Person } from "../../people/index.ts";
import type { HubServices } from "../services.ts";
import { addCookies, checkXsrf } from "../visitor.ts";
import { siteOf } from "./visit.ts";

/** JupyterHub's words (contract 2.6). */
export const FORM_EXPIRED = "Login form invalid or expired. Try again.";

/** The form is not one that this browser was given of late: it is shown again, with a fresh token. */
export function isExpired(request: FastifyRequest, services: HubServices): boolean {
  return checkXsrf(request, services, false) !== undefined;
}

/** A new session with new ids, whatever the browser came with: a fixed one is worth nothing afterwards. */
export async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  person: Person,
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
  services.log.info({ user: person.name, address: visitor.client.address }, "signed in");
}
