/** `HUB spawn/…` and `HUB spawn-pending/…`: starting a server from a page, and watching it start (contract 1.8). */
import type { FastifyRequest } from "fastify";
import { holds, type Identity } from "../../access/index.ts";
import {
  HubError,
  possibleName,
  type ServerName,
  serverName,
  serverPrefix,
  type UserName,
} from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import { offerTo } from "../choosing.ts";
import type { HubServices } from "../services.ts";
import type { Statics } from "../static.ts";
import type { ZodApp } from "../zod-app.ts";
import { pendingPath } from "./paths.ts";
import { sendShell } from "./shell.ts";
import { startFormPage, startTagPage, wantsPlain } from "./start-form.ts";
import { formOptions, startOptions } from "./start-options.ts";
import { queryOf, redirect, safeNextOf, sendPage, signedIn } from "./visit.ts";

/** A start that fails at once is shown at once (contract 1.8: waits up to a second). */
const IMMEDIATE_FAILURE_MS = 1000;

interface Target {
  readonly user: UserName;
  readonly name: ServerName;
  /** Undefined: a named server that is not there yet. */
  readonly server: ServerRecord | undefined;
}

export function startRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  const hub = `${services.baseUrl}hub`;

  for (const path of ["/spawn", "/spawn/:user", "/spawn/:user/:server"]) {
    // HEAD must not start anything: programs that look at links send it.
    app.get(`${hub}${path}`, { exposeHeadRoute: false }, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      const target = await targetOf(request, services, identity, "start:servers");
      const { server } = target;
      if (server?.ready === true) return redirect(reply, safeNextOf(request, services) ?? server.url);
      if (server === undefined || server.pending === null) {
        const options = startOptions(request.query);
        if (options === undefined && hasChoice(services, target.user)) {
          if (wantsPlain(request)) return startFormPage(request, reply, services, { identity, ...target });
          return sendShell(request, reply, services, statics, identity);
        }
        await start(request, services, identity, target, options);
      }
      return redirect(reply, pendingPath(services.baseUrl, target) + carriedQuery(request));
    });
  }

  for (const path of ["/spawn", "/spawn/:user", "/spawn/:user/:server"]) {
    app.post(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      const target = await targetOf(request, services, identity, "start:servers");
      const { server } = target;
      if (server?.ready === true) return redirect(reply, safeNextOf(request, services) ?? server.url);
      const form = { identity, ...target };
      try {
        if (server === undefined || server.pending === null) {
          const options = formOptions(request.body);
          const page = options && (await startTagPage(request, reply, services, form, options));
          if (page !== undefined) return sendPage(reply, page);
          await start(request, services, identity, target, options);
        }
      } catch (error) {
        if (!(error instanceof HubError) || !hasChoice(services, target.user)) throw error;
        return startFormPage(request, reply, services, form, error);
      }
      return redirect(reply, pendingPath(services.baseUrl, target) + carriedQuery(request));
    });
  }

  for (const path of ["/spawn-pending/:user", "/spawn-pending/:user/:server"]) {
    app.get(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      const target = await targetOf(request, services, identity, "read:servers");
      if (target.server === undefined) throw missing(services, target);
      if (target.server.ready) return redirect(reply, safeNextOf(request, services) ?? target.server.url);
      if (target.server.state === "failed") reply.code(500);
      return sendShell(request, reply, services, statics, identity);
    });
  }
}

/** There is more than one thing this person may start. */
function hasChoice(services: HubServices, user: UserName): boolean {
  const { profiles, images, catalogue } = offerTo(services, user);
  return profiles.length > 1 || images.length > 0 || catalogue;
}

async function start(
  request: FastifyRequest,
  services: HubServices,
  identity: Identity,
  { user, name }: Target,
  options: Record<string, unknown> | undefined,
): Promise<void> {
  const { display_name: displayName } = request.query as { display_name?: unknown };
  await services.servers.start({
    user,
    server: name,
    options,
    by: identity.user.name,
    ...(typeof displayName === "string" && name !== "" ? { displayName } : {}),
  });
  await services.servers.settled({ user, server: name }, { withinMs: IMMEDIATE_FAILURE_MS });
}

/** The server a path names; what the visitor may not touch does not exist for them (contract 1.8). */
async function targetOf(
  request: FastifyRequest,
  services: HubServices,
  identity: Identity,
  scope: string,
): Promise<Target> {
  const params = request.params as { user?: string; server?: string };
  const name = serverName(params.server ?? "");
  const user = params.user === undefined ? identity.user.name : possibleName(params.user);
  if (user === undefined) throw new HubError("not-found", "There is no such server, or you may not use it.");
  if (holds(identity, scope, { user, server: name }) !== "yes") throw missing(services, { user, name });
  const server = await services.servers.get({ user, server: name });
  // A named server comes into being at its first start; only its person must be there.
  if (server === undefined && (name === "" || (await services.people.find(user)) === undefined))
    throw missing(services, { user, name });
  return { user, name, server };
}

function missing(services: HubServices, { user, name }: Pick<Target, "user" | "name">): HubError {
  const address = serverPrefix(services.baseUrl, user, name);
  return new HubError("not-found", `There is no server at ${address}, or you may not use it.`);
}

/** The query goes on to the page that waits, without what only the start needed (contract 1.8). */
function carriedQuery(request: FastifyRequest): string {
  const query = queryOf(request.url);
  if (!query.includes("display_name=")) return query;
  const kept = new URLSearchParams(query);
  kept.delete("display_name");
  return kept.size === 0 ? "" : `?${kept}`;
}
