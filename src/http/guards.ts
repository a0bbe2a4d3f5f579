/** What every request passes before its handler: headers, the door, who asks, and whether a browser was made to ask. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HubError } from "../kernel/index.ts";
import { isApiPath, loggedPath } from "./failures.ts";
import { setCommonHeaders } from "./headers.ts";
import { listenerOf } from "./listener.ts";
import type { HubServices } from "./services.ts";
import { anonymised, checkXsrf, recogniseVisitor } from "./visitor.ts";

/** Registers the guards for every route that is added afterwards. */
export function guard(app: FastifyInstance, services: HubServices): void {
  app.decorateRequest("visitor");
  app.addHook("onRequest", async (request, reply) => {
    const api = isApiPath(request.url, services.baseUrl);
    setCommonHeaders(reply, services.baseUrl, api);
    requireExactSpelling(request);
    if (listenerOf(request.raw) === "servers" && !api)
      throw new HubError("not-found", "Only the hub's API can be reached from here.");
    if (request.routeOptions.config.open !== true) request.visitor = await recogniseVisitor(request, services);
  });
  // Before validation: what is wrong with a body is nothing that other sites should learn.
  app.addHook("preValidation", async (request) => refuseForeignRequests(request, services));
  app.addHook("onResponse", async (request, reply) => logAnswer(request, reply, services));
}

/**
 * Routes are found by the decoded path, while we decide by the path as it was sent (is this the API? whose server?).
 * `/hub/%61pi/users` must not be the API to one and a page without XSRF checks to the other: only what a name stands
 * for may be escaped. @throws HubError `not-found`
 */
function requireExactSpelling(request: FastifyRequest): void {
  const route = request.routeOptions.url;
  if (route === undefined) return;
  const [literal = ""] = /^[^:*]*/.exec(route) ?? [];
  if (!request.url.startsWith(literal)) throw new HubError("not-found", "There is no such page here.");
}

/** Contract 2.6. @throws HubError `forbidden` */
function refuseForeignRequests(request: FastifyRequest, services: HubServices): void {
  // Paths without a route have no effects to protect; programs get their 424 or 404 (contract 1.8).
  if (request.visitor === undefined || request.is404 || request.routeOptions.config.xsrf !== undefined) return;
  const refusal = checkXsrf(request, services, isApiPath(request.url, services.baseUrl));
  if (refusal === undefined) return;
  if (refusal.reason !== "not-signed-in") throw new HubError("forbidden", refusal.message);
  request.visitor = anonymised(request);
}

function logAnswer(request: FastifyRequest, reply: FastifyReply, services: HubServices): void {
  services.log.debug(
    {
      method: request.method,
      path: loggedPath(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      requestId: request.id,
    },
    "answered",
  );
}
