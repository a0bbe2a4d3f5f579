/** Signing in and out (contract 2.6, 2.8). */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { signOutCookies } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import { renderLogin } from "../pages/login.ts";
import type { HubServices } from "../services.ts";
import { addCookies, pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { enter, FORM_EXPIRED, isExpired } from "./entering.ts";
import { queryOf, redirect, safeNextOf, sendPage, siteOf } from "./visit.ts";

const loginForm = z.object({ username: z.string(), password: z.string() });

export function accountRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/login`, async (request, reply) => {
    if (request.visitor.session !== undefined) return redirect(reply, safeNextOf(request, services) ?? `${hub}/`);
    return loginPage(request, reply, services, {});
  });

  app.post(`${hub}/login`, { config: { xsrf: "form" } }, async (request, reply) => {
    const form = loginForm.safeParse(request.body);
    const username = form.data?.username.slice(0, 255) ?? "";
    if (isExpired(request, services))
      return loginPage(request, reply.code(403), services, { error: FORM_EXPIRED, username });
    if (!form.success)
      return loginPage(request, reply.code(403), services, { error: "Type your name and your password." });
    try {
      const { address } = request.visitor.client;
      const person = await services.signIn.withPassword({
        name: form.data.username,
        password: form.data.password,
        address,
      });
      await enter(request, reply, services, person);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      const { retryAfter } = error.facts ?? {};
      if (typeof retryAfter === "number") reply.header("retry-after", String(Math.ceil(retryAfter)));
      return loginPage(request, reply.code(error.status), services, { error: error.message, username });
    }
    return redirect(reply, safeNextOf(request, services) ?? `${hub}/${carriedQuery(request)}`);
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

function loginPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  again: { error?: string; username?: string },
): FastifyReply {
  const html = renderLogin({
    hubName: services.config().name,
    baseUrl: services.baseUrl,
    xsrf: pageXsrf(reply, services, request.visitor),
    next: safeNextOf(request, services) ?? "",
    ...again,
  });
  return sendPage(reply, html);
}
