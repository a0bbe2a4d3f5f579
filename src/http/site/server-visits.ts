/** `HUB user/…`: where requests for a server end up that the proxy has no route for (contract 1.8). */
import type { FastifyReply, FastifyRequest } from "fastify";
import { HubError, type ServerName, type UserName, userName } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import { frameOf } from "../frame.ts";
import { renderNotRunning } from "../pages/not-running.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { pendingPath, spawnPath } from "./paths.ts";
import { redirect, sendPage, toSignIn } from "./visit.ts";

/** After so many redirects the proxy evidently does not get the route: say so instead of going round. */
const MAX_REDIRECTS = 4;

interface Visit {
  readonly user: UserName;
  /** Decoded path segments after the user. */
  readonly rest: readonly string[];
  /** Path and query as the browser asked for it at the proxy: without `hub/`. */
  readonly original: string;
}

export function serverVisitRoutes(app: ZodApp, services: HubServices, closing: AbortSignal): void {
  const prefix = `${services.baseUrl}hub/user/`;
  app.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: `${prefix}*`,
    handler: async (request, reply) =>
      visit(request, reply, services, parseVisit(request.url, services.baseUrl), closing),
  });
}

async function visit(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  to: Visit,
  closing: AbortSignal,
): Promise<FastifyReply> {
  const reading = request.method === "GET" || request.method === "HEAD";
  const { identity } = request.visitor;
  if (identity === undefined) return toSignIn(request, reply, services);
  const server = await serverOf(services, to);
  if (server === undefined || !services.access.mayAccessServer(identity, server.user, server.name)) {
    throw new HubError("not-found", "There is no such server, or you may not use it.");
  }
  if (!reading) return gone(request, reply, services, server, to);
  if (server.ready) return onwards(reply, services, to, closing);
  if (wantsJson(request, to)) return gone(request, reply, services, server, to);
  if (server.pending !== null || server.state === "failed")
    return redirect(reply, `${pendingPath(services.baseUrl, server)}?next=${encodeURIComponent(request.url)}`, 303);
  const { session } = request.visitor;
  if (session === undefined) return gone(request, reply, services, server, to);
  const html = renderNotRunning({
    ...frameOf(services),
    userName: identity.user.name,
    owner: server.user,
    server: server.name,
    startHref: `${spawnPath(services.baseUrl, server)}?next=${encodeURIComponent(to.original)}`,
  });
  return sendPage(reply.code(424), html);
}

/** Ready, but the request came here: the proxy will know the route in a moment. */
async function onwards(
  reply: FastifyReply,
  services: HubServices,
  to: Visit,
  closing: AbortSignal,
): Promise<FastifyReply> {
  const url = new URL(to.original, "http://hub");
  const said = Number(url.searchParams.get("redirects"));
  const count = Number.isInteger(said) ? Math.max(said, 0) : 0;
  if (count >= MAX_REDIRECTS) {
    throw new HubError(
      "proxy-unreachable",
      "This server runs, but the proxy has no way to it. Wait a moment and try again; if it stays so, tell an admin.",
      { status: 500 },
    );
  }
  // A hub that closes sends the browser on at once.
  if (count >= 1) await services.clock.sleep(Math.min(2 ** count, 10) * 1000, closing).catch(() => undefined);
  url.searchParams.set("redirects", String(count + 1));
  return redirect(reply, `${url.pathname}${url.search}`);
}

/** What JupyterLab understands as “server gone” (contract 1.8): 424 and a message, no `status` key. */
function gone(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  server: ServerRecord,
  to: Visit,
): FastifyReply {
  const path = to.original.split("?")[0] ?? "";
  const message = `JupyterHub server no longer running at ${path}. Restart the server at ${request.visitor.client.origin}${spawnPath(services.baseUrl, server)}`;
  return reply.code(424).type("application/json").send({ message });
}

/** A path segment equal to `api`, or an Accept header that prefers JSON, is a program asking. */
function wantsJson(request: FastifyRequest, to: Visit): boolean {
  if (to.rest.includes("api")) return true;
  const accept = request.headers.accept ?? "";
  const json = accept.indexOf("application/json");
  const html = accept.indexOf("text/html");
  return json >= 0 && (html < 0 || json < html);
}

/** The first segment after the person names a server when there is one of that name; else it is a page of the default one. */
async function serverOf(services: HubServices, to: Visit): Promise<ServerRecord | undefined> {
  const named = to.rest[0];
  if (named !== undefined && named !== "") {
    const server = await services.servers.get({ user: to.user, server: named as ServerName });
    if (server !== undefined) return server;
  }
  return services.servers.get({ user: to.user, server: "" as ServerName });
}

/** Decodes each segment once; `%2F` stays inside its segment and so never becomes a path of its own. */
function parseVisit(url: string, baseUrl: string): Visit {
  const [path = "", ...query] = url.split("?");
  const segments = path.slice(`${baseUrl}hub/user/`.length).split("/");
  try {
    const [user = "", ...rest] = segments.map((segment) => decodeURIComponent(segment));
    const original = `${baseUrl}${path.slice(`${baseUrl}hub/`.length)}${query.length > 0 ? `?${query.join("?")}` : ""}`;
    return { user: userName(user), rest, original };
  } catch (error) {
    throw new HubError("not-found", "There is no such server, or you may not use it.", { cause: error });
  }
}
