/** Signing in and out, and claiming an account. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { safeNext, signInCookies, signOutCookies } from "../../access/index.ts";
import { HubError, type UserName } from "../../kernel/index.ts";
import type { ZodApp } from "../app.ts";
import { renderClaim } from "../pages/claim.ts";
import { renderLogin } from "../pages/login.ts";
import type { HubServices } from "../services.ts";
import { addCookies, pageXsrf } from "../visitor.ts";
import { queryOf, redirect } from "./visit.ts";

const nextQuery = z.object({ next: z.union([z.string(), z.array(z.string())]).optional() }).loose();
const loginForm = z.object({ username: z.string(), password: z.string() }).loose();
const claimForm = z.object({ code: z.string(), password: z.string() }).loose();

export function accountRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/login`, { schema: { querystring: nextQuery } }, async (request, reply) => {
    const next = nextOf(request, services, request.query.next);
    if (request.visitor.session !== undefined) return redirect(reply, next ?? `${hub}/`);
    return loginPage(request, reply, services, next, {});
  });

  app.post(`${hub}/login`, { schema: { querystring: nextQuery } }, async (request, reply) => {
    const form = loginForm.safeParse(request.body);
    const next = nextOf(request, services, request.query.next);
    if (!form.success)
      return loginPage(request, reply.code(403), services, next, { error: "Type your name and your password." });
    try {
      const person = await services.signIn.withPassword({
        name: form.data.username,
        password: form.data.password,
        address: request.visitor.client.address,
      });
      await enter(request, reply, services, person);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      if (typeof error.facts?.retryAfter === "number")
        reply.header("retry-after", String(Math.ceil(error.facts.retryAfter)));
      return loginPage(request, reply.code(error.status), services, next, {
        error: error.message,
        username: form.data.username.slice(0, 255),
      });
    }
    return redirect(reply, next ?? `${hub}/${request.query.next === undefined ? queryOf(request.url) : ""}`);
  });

  app.get(`${hub}/logout`, async (request, reply) => {
    const { session } = request.visitor;
    if (session !== undefined) await services.access.sessions.end(session.sessionHash);
    addCookies(reply, signOutCookies(siteOf(request, services)));
    return redirect(reply, `${hub}/login`);
  });

  app.get(`${hub}/claim`, async (request, reply) => {
    const { code } = request.query as { code?: unknown };
    return claimPage(request, reply, services, typeof code === "string" ? code : "", undefined);
  });

  app.post(`${hub}/claim`, async (request, reply) => {
    const form = claimForm.safeParse(request.body);
    if (!form.success) throw new HubError("bad-request", "The form is incomplete. Open your link again.");
    const { code, password } = form.data;
    try {
      const person = await services.signIn.claim({ code, password, address: request.visitor.client.address });
      services.log.info({ user: person.name }, "account claimed");
      await enter(request, reply, services, person);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return claimPage(request, reply.code(error.status), services, code, error.message);
    }
    return redirect(reply, `${hub}/home`);
  });
}

/** A new session with new ids, whatever the browser came with: a fixed one is worth nothing afterwards. */
async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  person: { id: number; name: UserName },
): Promise<void> {
  const { visitor } = request;
  if (visitor.session !== undefined) await services.access.sessions.end(visitor.session.sessionHash);
  const session = await services.access.sessions.create({
    userId: person.id,
    userAgent: (request.headers["user-agent"] ?? "").slice(0, 300),
    address: visitor.client.address,
    days: services.config().signIn.sessionDays,
  });
  const xsrf = services.access.xsrf.issue({ kind: "session", sessionHash: session.sessionHash });
  addCookies(reply, signInCookies(siteOf(request, services), session, xsrf));
  services.log.info({ user: person.name, address: visitor.client.address }, "signed in");
}

function siteOf(request: FastifyRequest, services: HubServices) {
  return { baseUrl: services.baseUrl, secure: request.visitor.client.secure };
}

function nextOf(
  request: FastifyRequest,
  services: HubServices,
  next: string | string[] | undefined,
): string | undefined {
  return safeNext(typeof next === "string" ? next : undefined, {
    baseUrl: services.baseUrl,
    origin: request.visitor.client.origin,
  });
}

function loginPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  next: string | undefined,
  again: { error?: string; username?: string },
): FastifyReply {
  const xsrf = pageXsrf(reply, services, request.visitor);
  const html = renderLogin({
    hubName: services.config().name,
    baseUrl: services.baseUrl,
    xsrf,
    next: next ?? "",
    ...again,
  });
  return reply.type("text/html; charset=utf-8").send(html);
}

async function claimPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  code: string,
  error: string | undefined,
): Promise<FastifyReply> {
  const claim = code === "" ? undefined : await services.signIn.inspectClaim(code);
  const xsrf = pageXsrf(reply, services, request.visitor);
  const { name, signIn } = services.config();
  const html = renderClaim({
    hubName: name,
    baseUrl: services.baseUrl,
    xsrf,
    code,
    username: claim?.name,
    error,
    minimumLength: signIn.minimumPasswordLength,
  });
  return reply.type("text/html; charset=utf-8").send(html);
}
