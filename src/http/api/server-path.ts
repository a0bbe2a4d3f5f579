/** The two forms of a server's path: `/users/N/server` for the default one, `/users/N/servers/S` for named ones. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../../access/index.ts";
import { HubError, type ServerName, serverName, type UserName } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, personOf } from "./caller.ts";
import { nameOf } from "./input.ts";

export interface ServerTarget {
  readonly user: UserName;
  readonly server: ServerName;
  readonly identity: Identity;
}

type ServerHandler = (target: ServerTarget, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Registers a route under both forms; the caller holds `scope` for that server, and the person exists. */
export function onServer(
  app: ZodApp,
  services: HubServices,
  route: {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly prefix: string;
    readonly suffix?: string;
    readonly scopes: readonly string[];
    /** Answers with events: HEAD would wait for ever for a body that never comes. */
    readonly stream?: true;
  },
  handler: ServerHandler,
): void {
  for (const form of ["server", "servers/:server"]) {
    app.route({
      method: route.method,
      url: `${route.prefix}/users/:name/${form}${route.suffix ?? ""}`,
      exposeHeadRoute: route.stream !== true,
      handler: async (request, reply) => {
        const params = request.params as { name: string; server?: string };
        const user = nameOf(params.name);
        const server = (params.server ?? "") as ServerName;
        const identity = callerWith(request, route.scopes, { user, server });
        await personOf(services, user);
        return handler({ user, server, identity }, request, reply);
      },
    });
  }
}

/** A server that is there. @throws HubError `not-found` */
export async function existing(services: HubServices, target: ServerTarget): Promise<ServerRecord> {
  const server = await services.servers.get({ user: target.user, server: target.server });
  if (server === undefined) throw new HubError("not-found", `User ${target.user} has no server named ${target.server}`);
  return server;
}

/** The name of a server to be made. @throws HubError `name-invalid` */
export function newName(target: ServerTarget): ServerName {
  return serverName(target.server);
}
