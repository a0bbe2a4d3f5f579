/** The gate of servers that know nothing of JupyterHub (protocol `http`): the hub says who may pass, the proxy checks. */
import { z } from "zod";
import { cookieValues } from "../../access/index.ts";
import { GATE_COOKIE, HubError, type ServerName, type UserName, userName } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import { listenerOf } from "../listener.ts";
import type { HubServices } from "../services.ts";
import { addCookies } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { redirect, safeNextOf, signedIn } from "./visit.ts";

export function gateRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  // The proxy sends browsers without a valid gate cookie here.
  app.get(`${hub}/gate`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const next = safeNextOf(request, services);
    const server = next === undefined ? undefined : await serverAt(services, next);
    if (
      next === undefined ||
      server === undefined ||
      !services.access.mayAccessServer(identity, server.user, server.name)
    ) {
      throw new HubError("not-found", "There is no such server, or you may not use it.");
    }
    if (!server.ready || server.gate === null)
      return redirect(reply, `${hub}/user/${next.slice(`${services.baseUrl}user/`.length)}`);
    const { secure } = request.visitor.client;
    addCookies(reply, [
      services.access.gate.issue({
        identity,
        user: server.user,
        server: server.name,
        epoch: server.gate.epoch,
        secure,
      }),
    ]);
    return redirect(reply, next);
  });

  // Only our proxy asks this: over the private socket, with the cookie it has already verified.
  app.post(`${hub}/gate/renew`, { config: { xsrf: "exempt" } }, async (request, reply) => {
    const cookie = cookieValues(request.visitor.cookies, GATE_COOKIE)[0];
    const refused = new HubError("forbidden", "This gate cookie is not renewed.");
    if (listenerOf(request.raw) !== "private" || cookie === undefined) throw refused;
    const server = await serverNamedBy(services, cookie);
    if (server === undefined || !server.ready || server.gate === null) throw refused;
    const { secure } = request.visitor.client;
    const renewed = await services.access.gate.renew(cookie, {
      user: server.user,
      server: server.name,
      epoch: server.gate.epoch,
      secure,
    });
    if (renewed === undefined) throw refused;
    return reply.send({ cookie: renewed });
  });
}

/** The server of protocol `http` whose prefix a path lies under: a named one when there is one of that name. */
async function serverAt(services: HubServices, path: string): Promise<ServerRecord | undefined> {
  const prefix = `${services.baseUrl}user/`;
  if (!path.startsWith(prefix)) return undefined;
  try {
    const [user = "", first = ""] = (path.slice(prefix.length).split("?")[0] ?? "")
      .split("/")
      .map((segment) => decodeURIComponent(segment));
    const name = userName(user);
    const named = first === "" ? undefined : await services.servers.get({ user: name, server: first as ServerName });
    return named ?? (await services.servers.get({ user: name, server: "" as ServerName }));
  } catch (error) {
    if (error instanceof HubError || error instanceof URIError) return undefined;
    throw error;
  }
}

/** The server a gate cookie says it is for; believed only once `renew` has checked the signature. */
async function serverNamedBy(services: HubServices, cookie: string): Promise<ServerRecord | undefined> {
  const payload = claimedServer.safeParse(Buffer.from(cookie.split(".")[0] ?? "", "base64url").toString("utf8"));
  if (!payload.success) return undefined;
  const at = payload.data.s.lastIndexOf("/");
  return services.servers.get({
    user: payload.data.s.slice(0, at) as UserName,
    server: payload.data.s.slice(at + 1) as ServerName,
  });
}

const claimedServer = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "is not JSON" });
      return z.NEVER;
    }
  })
  .pipe(z.object({ s: z.string().includes("/") }));
