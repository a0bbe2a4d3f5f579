/** Asking for an account, and the way of admins to such requests (NativeAuthenticator's addresses). */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { frameOf } from "../frame.ts";
import { messages } from "../pages/messages.ts";
import { renderSignUp, renderSignUpSent } from "../pages/sign-up.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { isExpired } from "./entering.ts";
import { refusal } from "./sign-in-page.ts";
import { redirect, sendPage } from "./visit.ts";

const signUpForm = z.object({
  username: z.string().max(255),
  password: z.string(),
  note: z.string().max(500).default(""),
});

export function signUpRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/signup`, async (request, reply) => {
    requireSignUp(services);
    return signUpPage(request, reply, services, {});
  });

  app.post(`${hub}/signup`, { config: { xsrf: "form" } }, async (request, reply) => {
    requireSignUp(services);
    const form = signUpForm.safeParse(request.body);
    if (!form.success) return signUpPage(request, reply.code(400), services, { error: messages.signUp.incomplete });
    const { username, password, note } = form.data;
    const again = { username, note };
    if (isExpired(request, services))
      return signUpPage(request, reply.code(403), services, { ...again, error: messages.login.expired });
    try {
      await services.signIn.signUp({ name: username, password, note, address: request.visitor.client.address });
    } catch (error) {
      const { message } = refusal(request, reply, services, error);
      return signUpPage(request, reply, services, { ...again, error: message });
    }
    return sendPage(reply, renderSignUpSent(frameOf(services)));
  });

  app.get(`${hub}/authorize`, async (_request, reply) => redirect(reply, `${hub}/admin/requests`));
}

/** @throws HubError `not-found` */
function requireSignUp(services: HubServices): void {
  if (services.config().signIn.signUp === "off") throw new HubError("not-found", messages.signUp.off);
}

function signUpPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  again: { readonly error?: string; readonly username?: string; readonly note?: string },
): FastifyReply {
  const html = renderSignUp({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    minimumLength: services.config().signIn.minimumPasswordLength,
    ...again,
  });
  return sendPage(reply, html);
}
