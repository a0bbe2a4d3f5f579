/** Claiming an account with a one-time link. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { frameOf } from "../frame.ts";
import { renderClaim } from "../pages/claim.ts";
import { messages } from "../pages/messages.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { isExpired } from "./entering.ts";
import { proceed } from "./second-factor.ts";
import { refusal } from "./sign-in-page.ts";
import { sendPage } from "./visit.ts";

const claimForm = z.object({ code: z.string(), password: z.string() });

export function claimRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;

  app.get(`${hub}/claim`, async (request, reply) => {
    const { code } = request.query as { code?: unknown };
    return claimPage(request, reply, services, typeof code === "string" ? code : "", undefined);
  });

  app.post(`${hub}/claim`, { config: { xsrf: "form" } }, async (request, reply) => {
    const form = claimForm.safeParse(request.body);
    if (!form.success) throw new HubError("bad-request", "The form is incomplete. Open your link again.");
    const { code, password } = form.data;
    if (isExpired(request, services))
      return claimPage(request, reply.code(403), services, code, messages.login.expired);
    try {
      const outcome = await services.signIn.claim({ code, password, address: request.visitor.client.address });
      return await proceed(request, reply, services, outcome, `${hub}/home`);
    } catch (error) {
      return claimPage(request, reply, services, code, refusal(request, reply, services, error).message);
    }
  });
}

async function claimPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  code: string,
  error: string | undefined,
): Promise<FastifyReply> {
  const claim = code === "" ? undefined : await services.signIn.inspectClaim(code);
  const html = renderClaim({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    code,
    username: claim?.name,
    error,
    minimumLength: services.config().signIn.minimumPasswordLength,
  });
  return sendPage(reply, html);
}
