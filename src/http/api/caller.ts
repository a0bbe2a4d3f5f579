/** What API routes ask of a caller. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { holds, type Identity, type Resource, requireAny } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { Person } from "../../people/index.ts";
import type { HubServices } from "../services.ts";

/** @throws HubError `not-signed-in` */
export function callerOf(request: FastifyRequest): Identity {
  const { identity } = request.visitor;
  if (identity === undefined) throw new HubError("not-signed-in", "Missing or invalid credentials.");
  return identity;
}

/** The caller, when they hold any of the scopes for the resource (contract 3.1). @throws HubError `not-signed-in`, `forbidden`, `not-found` */
export function callerWith(request: FastifyRequest, scopes: readonly string[], resource: Resource = {}): Identity {
  const identity = callerOf(request);
  requireAny(identity, scopes, resource);
  return identity;
}

/** The person of a path; missing ones look like forbidden ones (contract 3.1). @throws HubError `not-found` */
export async function personOf(services: HubServices, name: string): Promise<Person> {
  const person = await services.people.find(name);
  if (person === undefined) throw new HubError("not-found", "No access to resources or resources not found");
  return person;
}

export function may(identity: Identity, scope: string, resource: Resource = {}): boolean {
  return holds(identity, scope, resource) === "yes";
}

/** An answer without a model: plain text, empty (contract 3.1). */
export function emptyAnswer(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).type("text/plain").send("");
}
