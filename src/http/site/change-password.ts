/** `hub/auth/change-password`: changing one's own password without a script (FirstUseAuthenticator's address). */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { frameOf } from "../frame.ts";
import { type ChangePasswordPage, renderChangePassword } from "../pages/change-password.ts";
import { messages } from "../pages/messages.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { isExpired } from "./entering.ts";
import { refusal } from "./sign-in-page.ts";
import { redirect, sendPage, signedIn } from "./visit.ts";

const passwordForm = z.object({ current: z.string(), password: z.string() });

export function changePasswordRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/auth/change-password`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const person = await services.people.byId(identity.user.id);
    const usable = person?.hasPassword === true && services.config().signIn.passwords;
    return page(request, reply, services, identity.user.name, { state: usable ? "form" : "none" });
  });

  // NativeAuthenticator's address.
  app.get(`${hub}/change-password`, async (_request, reply) => redirect(reply, `${hub}/auth/change-password`));

  app.post(`${hub}/auth/change-password`, { config: { xsrf: "form" } }, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    const { session, client } = request.visitor;
    if (identity === undefined || session === undefined) return reply;
    const { name } = identity.user;
    const again = (error: string, status?: number) =>
      page(request, status === undefined ? reply : reply.code(status), services, name, { state: "form", error });
    const form = passwordForm.safeParse(request.body);
    if (isExpired(request, services)) return again(messages.login.expired, 403);
    if (!form.success) return again(messages.changePassword.incomplete, 400);
    const { current, password: next } = form.data;
    try {
      const keepSessionHash = session.sessionHash;
      await services.signIn.changePassword({ name, current, next, address: client.address, keepSessionHash });
    } catch (error) {
      return again(refusal(request, reply, services, error).message);
    }
    return page(request, reply, services, name, { state: "done" });
  });
}

function page(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  userName: string,
  shown: Pick<ChangePasswordPage, "state" | "error">,
): FastifyReply {
  const html = renderChangePassword({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    userName,
    minimumLength: services.config().signIn.minimumPasswordLength,
    ...shown,
  });
  return sendPage(reply, html);
}
