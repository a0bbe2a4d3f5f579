/** The pages of the React application: one shell, filled with who is signed in. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { holds, type Identity } from "../../access/index.ts";
import {
  HubError,
  type ServerName,
  serverName,
  serverPrefix,
  type UserName,
  urlName,
  userName,
} from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { ZodApp } from "../app.ts";
import type { HubServices } from "../services.ts";
import type { Statics } from "../static.ts";
import { pageXsrf } from "../visitor.ts";
import { safeNextOf } from "./next.ts";
import { startOptions } from "./start-options.ts";
import { personName, queryOf, redirect, signedIn } from "./visit.ts";

/** A start that fails at once is shown at once (contract 1.8: waits up to a second). */
const IMMEDIATE_FAILURE_MS = 1000;

export function appRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  const hub = `${services.baseUrl}hub`;

  app.get(hub, async (request, reply) => redirect(reply, `${hub}/${queryOf(request.url)}`, 301));
  app.get(`${hub}/`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const own = await services.servers.get({ user: personName(identity), server: serverName("") });
    if (own?.ready === true) return redirect(reply, own.url);
    return redirect(reply, own !== undefined && own.pending === "spawn" ? pendingPath(services, own) : `${hub}/home`);
  });

  for (const page of ["home", "token", "account"]) {
    app.get(`${hub}/${page}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      return identity === undefined ? reply : shell(request, reply, services, statics, identity);
    });
  }
  for (const path of ["/admin", "/admin/*"]) {
    app.get(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      if (holds(identity.scopes, "admin-ui") !== "yes")
        throw new HubError("forbidden", "This page is for admins. Ask one of them if you need something here.");
      return shell(request, reply, services, statics, identity);
    });
  }

  for (const path of ["/spawn", "/spawn/:user", "/spawn/:user/:server"]) {
    app.get(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      const server = await target(request, services, identity, "start:servers");
      if (server.ready) return redirect(reply, safeNextOf(request, services) ?? server.url);
      if (server.pending !== null) return redirect(reply, pendingPath(services, server) + queryOf(request.url));
      const options = startOptions(request.query);
      const profiles = services.config().profiles;
      if (profiles.length > 1 && options === undefined) return shell(request, reply, services, statics, identity);
      await services.servers.start({ user: server.user, server: server.name, options, by: identity.user.name });
      await services.servers.settled({ user: server.user, server: server.name }, { withinMs: IMMEDIATE_FAILURE_MS });
      return redirect(reply, pendingPath(services, server) + queryOf(request.url));
    });
  }
  for (const path of ["/spawn-pending/:user", "/spawn-pending/:user/:server"]) {
    app.get(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      const server = await target(request, services, identity, "read:servers");
      if (server.ready) return redirect(reply, safeNextOf(request, services) ?? server.url);
      if (server.state === "failed") reply.code(500);
      return shell(request, reply, services, statics, identity);
    });
  }
}

/** `HUB spawn-pending/P(user)[/P(server)]` */
export function pendingPath(
  services: HubServices,
  server: { readonly user: UserName; readonly name: ServerName },
): string {
  return `${services.baseUrl}hub/spawn-pending/${urlName(server.user)}${server.name === "" ? "" : `/${urlName(server.name)}`}`;
}

/** The server a path names; what the visitor may not touch does not exist for them (contract 1.8). */
async function target(
  request: FastifyRequest,
  services: HubServices,
  identity: Identity,
  scope: string,
): Promise<ServerRecord> {
  const params = request.params as { user?: string; server?: string };
  const user = params.user === undefined ? personName(identity) : userName(params.user);
  const server = serverName(params.server ?? "");
  const missing = new HubError(
    "not-found",
    `There is no server at ${serverPrefix(services.baseUrl, user, server)}, or you may not use it.`,
  );
  if (holds(identity.scopes, scope, { user, server }) !== "yes") throw missing;
  const found = await services.servers.get({ user, server });
  if (found !== undefined) return found;
  // A named server comes into being at its first start.
  if (server === "" || (await services.people.find(user)) === undefined) throw missing;
  return services.servers.create({ user, server });
}

function shell(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  statics: Statics,
  identity: Identity,
): FastifyReply {
  const boot = {
    hubName: services.config().name,
    baseUrl: services.baseUrl,
    xsrf: pageXsrf(reply, services, request.visitor),
    user: { name: identity.user.name, admin: identity.user.admin },
  };
  // “<” is the only character that could end the script element.
  const json = JSON.stringify(boot).replaceAll("<", "\\u003c");
  const html = statics.shell.replace(
    "<!--hublet-boot-->",
    () => `<script type="application/json" id="hublet-boot">${json}</script>`,
  );
  return reply.type("text/html; charset=utf-8").send(html);
}
