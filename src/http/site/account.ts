/** Signing in with name and password, and signing out (contract 2.6, 2.8). */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { signOutCookies } from "../../access/index.ts";
import { messages } from "../pages/messages.ts";
import type { HubServices } from "../services.ts";
import { addCookies } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { isExpired } from "./entering.ts";
import { proceed } from "./second-factor.ts";
import { refusedPage, signInPage } from "./sign-in-page.ts";
import { queryOf, redirect, safeNextOf, siteOf } from "./visit.ts";

const loginForm = z.object({ username: z.string(), password: z.string() });

export function accountRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/login`, async (request, reply) => {
    if (request.visitor.session !== undefined) return redirect(reply, safeNextOf(request, services) ?? `${hub}/`);
    return signInPage(request, reply, services);
  });

  app.post(`${hub}/login`, { config: { xsrf: "form" } }, async (request, reply) => {
    const form = loginForm.safeParse(request.body);
    const username = form.data?.username.slice(0, 255) ?? "";
    if (isExpired(request, services))
      return signInPage(request, reply.code(403), services, { error: messages.login.expired, username });
    if (!form.success)
      return signInPage(request, reply.code(403), services, { error: messages.login.incomplete, username });
    try {
      const { address } = request.visitor.client;
      const { username: name, password } = form.data;
      const outcome = await services.signIn.withPassword({ name, password, address });
      const next = safeNextOf(request, services) ?? `${hub}/${carriedQuery(request)}`;
      return await proceed(request, reply, services, outcome, next);
    } catch (error) {
      return refusedPage(request, reply, services, error, { username });
    }
  });

  // HEAD must not sign anybody out: programs that look at links send it.
  app.get(`${hub}/logout`, { exposeHeadRoute: false }, async (request, reply) => {
    const { session } = request.visitor;
    if (session !== undefined) await services.access.sessions.end(session.sessionHash);
    addCookies(reply, signOutCookies(siteOf(request, services)));
    return redirect(reply, `${hub}/login`);
  });
}

/** Unless `next` came along, the request's own query goes on to the first page (contract 2.6). */
function carriedQuery(request: FastifyRequest): string {
  return Object.hasOwn(request.query as object, "next") ? "" : queryOf(request.url);
}
