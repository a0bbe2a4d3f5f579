/** The pages of the React application: one shell, filled with who is signed in. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { holds, type Identity } from "../../access/index.ts";
import { DEFAULT_SERVER, HubError } from "../../kernel/index.ts";
import { withoutScript } from "../pages/start.ts";
import type { HubServices } from "../services.ts";
import type { Statics } from "../static.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { pendingPath } from "./paths.ts";
import { queryOf, redirect, safeNextOf, sendPage, signedIn } from "./visit.ts";

export function appRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  const hub = `${services.baseUrl}hub`;

  app.get(hub, async (request, reply) => redirect(reply, `${hub}/${queryOf(request.url)}`, 301));
  app.get(`${hub}/`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const own = await services.servers.get({ user: identity.user.name, server: DEFAULT_SERVER });
    if (own?.ready === true) return redirect(reply, own.url);
    return redirect(reply, own?.pending === "spawn" ? pendingPath(services.baseUrl, own) : `${hub}/home`);
  });

  for (const page of ["home", "token", "account"]) {
    app.get(`${hub}/${page}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      return identity === undefined ? reply : sendShell(request, reply, services, statics, identity);
    });
  }
  for (const path of ["/admin", "/admin/*"]) {
    app.get(`${hub}${path}`, async (request, reply) => {
      const identity = signedIn(request, reply, services);
      if (identity === undefined) return reply;
      if (holds(identity, "admin-ui") !== "yes")
        throw new HubError("forbidden", "This page is for admins. Ask one of them if you need something here.");
      return sendShell(request, reply, services, statics, identity);
    });
  }
}

/** The application's page; which of its views is shown, it reads from its address. */
export function sendShell(
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
  const shell = statics.shell
    .replace("<!--hublet-boot-->", () => `<script type="application/json" id="hublet-boot">${json}</script>`)
    .replace("<!--hublet-plain-->", () => withoutScript(plainStart(request, services)));
  return sendPage(reply, shell);
}

/** Where browsers without script choose what to start: for the server of this page, or one's own. */
function plainStart(request: FastifyRequest, services: HubServices): string {
  const [path = ""] = request.url.split("?");
  const spawn = `${services.baseUrl}hub/spawn`;
  if (path !== spawn && !path.startsWith(`${spawn}/`)) return `${spawn}?plain=1`;
  const next = safeNextOf(request, services);
  return `${path}?${new URLSearchParams({ plain: "1", ...(next === undefined ? {} : { next }) })}`;
}
