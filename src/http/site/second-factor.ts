/** From a right password to a signed-in browser: at once, by a code of an app, or by setting the app up first. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import type { PasswordOutcome } from "../../signin/index.ts";
import { frameOf } from "../frame.ts";
import { messages } from "../pages/messages.ts";
import { renderRecoveryCodes, renderSecondFactor, renderSetUp } from "../pages/second-factor.ts";
import { qrCode } from "../qr.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { enter, isExpired } from "./entering.ts";
import { refusal, signInPage } from "./sign-in-page.ts";
import { redirect, safeNextOf, sendPage } from "./visit.ts";

const codeForm = z.object({ ticket: z.string(), code: z.string() });
const setUpForm = codeForm.extend({ uri: z.string().max(2000).startsWith("otpauth://totp/") });

/**
 * What follows a right password or claim code.
 * @param next where to go in the end: a path of this hub, checked already
 */
export async function proceed(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  outcome: PasswordOutcome,
  next: string,
): Promise<FastifyReply> {
  if (outcome.kind === "in") {
    await enter(request, reply, services, outcome.person, "password");
    return redirect(reply, next);
  }
  const { ticket } = outcome;
  if (outcome.kind === "second-factor") return codePage(request, reply, services, { ticket, next });
  const name = services.signIn.ticketName(ticket);
  if (name === undefined) throw new HubError("sign-in-refused", messages.login.tooOld);
  const { uri } = await services.signIn.beginSecondFactor(name, { ticket });
  return setUpPage(request, reply, services, { ticket, next, uri });
}

export function secondFactorRoutes(app: ZodApp, services: HubServices): void {
  const login = `${services.baseUrl}hub/login`;
  const { signIn } = services;

  // Whoever comes back to these by address or reloads begins anew.
  for (const step of ["second-factor", "set-up-second-factor"])
    app.get(`${login}/${step}`, async (_request, reply) => redirect(reply, login));

  app.post(`${login}/second-factor`, { config: { xsrf: "form" } }, async (request, reply) => {
    const form = codeForm.safeParse(request.body);
    if (!form.success || signIn.ticketName(form.data.ticket) === undefined) return tooOld(request, reply, services);
    const { ticket, code } = form.data;
    const next = safeNextOf(request, services) ?? `${services.baseUrl}hub/`;
    if (isExpired(request, services))
      return codePage(request, reply.code(403), services, { ticket, next, error: messages.login.expired });
    try {
      const person = await signIn.withSecondFactor({ ticket, code, address: request.visitor.client.address });
      await enter(request, reply, services, person, "second factor");
    } catch (error) {
      const { message } = refusal(request, reply, services, error);
      return codePage(request, reply, services, { ticket, next, error: message });
    }
    return redirect(reply, next);
  });

  app.post(`${login}/set-up-second-factor`, { config: { xsrf: "form" } }, async (request, reply) => {
    const form = setUpForm.safeParse(request.body);
    const name = form.success ? signIn.ticketName(form.data.ticket) : undefined;
    if (!form.success || name === undefined) return tooOld(request, reply, services);
    const { ticket, code, uri } = form.data;
    const next = safeNextOf(request, services) ?? `${services.baseUrl}hub/`;
    const again = { ticket, next, uri };
    if (isExpired(request, services))
      return setUpPage(request, reply.code(403), services, { ...again, error: messages.login.expired });
    let codes: readonly string[];
    try {
      codes = await signIn.confirmSecondFactor(name, { code, ticket, address: request.visitor.client.address });
      await enter(request, reply, services, await permitted(services, name), "second factor");
    } catch (error) {
      const { message } = refusal(request, reply, services, error);
      return setUpPage(request, reply, services, { ...again, error: message });
    }
    return sendPage(reply, renderRecoveryCodes({ ...frameOf(services), codes, href: next, userName: name }));
  });
}

/** Whoever was suspended between password and code stays outside. @throws HubError `sign-in-refused`, `not-found` */
async function permitted(services: HubServices, name: string) {
  const person = await services.people.require(name);
  const why = services.people.suspendedOf(person.name);
  if (why !== undefined) throw new HubError("sign-in-refused", why);
  return person;
}

interface Step {
  readonly ticket: string;
  readonly next: string;
  readonly error?: string;
}

function codePage(request: FastifyRequest, reply: FastifyReply, services: HubServices, step: Step): FastifyReply {
  const xsrf = pageXsrf(reply, services, request.visitor);
  return sendPage(reply, renderSecondFactor({ ...frameOf(services), ...step, xsrf }));
}

function setUpPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  step: Step & { readonly uri: string },
): FastifyReply {
  const xsrf = pageXsrf(reply, services, request.visitor);
  const secret = URL.parse(step.uri)?.searchParams.get("secret") ?? "";
  return sendPage(reply, renderSetUp({ ...frameOf(services), ...step, xsrf, secret, qr: qrCode(step.uri) }));
}

function tooOld(request: FastifyRequest, reply: FastifyReply, services: HubServices): FastifyReply {
  return signInPage(request, reply.code(403), services, { error: messages.login.tooOld });
}
