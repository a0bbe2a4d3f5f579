/** Claiming an account with a one-time link. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { renderClaim } from "../pages/claim.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { enter, FORM_EXPIRED, isExpired } from "./entering.ts";
import { redirect, sendPage } from "./visit.ts";

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
    if (isExpired(request, services)) return claimPage(request, reply.code(403), services, code, FORM_EXPIRED);
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

async function claimPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  code: string,
  error: string | undefined,
): Promise<FastifyReply> {
  const claim = code === "" ? undefined : await services.signIn.inspectClaim(code);
  const { name, signIn } = services.config();
  const html = renderClaim({
    hubName: name,
    baseUrl: services.baseUrl,
    xsrf: pageXsrf(reply, services, request.visitor),
    code,
    username: claim?.name,
    error,
    minimumLength: signIn.minimumPasswordLength,
  });
  return sendPage(reply, html);
}
