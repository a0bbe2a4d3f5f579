/** The OAuth 2 endpoints (contract 2.2, 2.4); the rules are in `access`. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AuthorizeOutcome, Fields } from "../../access/index.ts";
import { CATALOGUE } from "../../kernel/index.ts";
import { frameOf } from "../frame.ts";
import { renderConfirm } from "../pages/confirm.ts";
import { renderError } from "../pages/error.ts";
import type { HubServices } from "../services.ts";
import { redirect, signedIn } from "../site/visit.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";

const granted = z.looseObject({ scopes: z.union([z.string(), z.array(z.string())]).optional() });

export function oauthApi(app: ZodApp, services: HubServices, api: string): void {
  const { oauth } = services.access;

  app.get(`${api}/oauth2/authorize`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    return answer(request, reply, services, await oauth.authorize(request.query as Fields, identity));
  });

  app.post(`${api}/oauth2/authorize`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const form = granted.safeParse(request.body);
    const scopes = form.success ? [form.data.scopes ?? []].flat() : [];
    return answer(request, reply, services, await oauth.grant(request.query as Fields, scopes, identity));
  });

  // Comes from servers, with the client's secret in the body and without cookies (contract 2.4).
  app.post(`${api}/oauth2/token`, { config: { xsrf: "exempt" } }, async (request, reply) => {
    const body = request.body;
    const {
      status,
      headers,
      body: result,
    } = await oauth.token(typeof body === "object" && body !== null ? (body as Fields) : {});
    return reply.code(status).headers(headers).send(result);
  });
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  outcome: AuthorizeOutcome,
): FastifyReply {
  const page = frameOf(services);
  if (outcome.kind === "redirect") return redirect(reply, outcome.to);
  reply.type("text/html; charset=utf-8");
  if (outcome.kind === "error-page") {
    const title = outcome.status === 403 ? CATALOGUE.forbidden.title : CATALOGUE["bad-request"].title;
    return reply.code(outcome.status).send(
      renderError({
        ...page,
        status: outcome.status,
        title,
        message: outcome.message,
        backHref: `${services.baseUrl}hub/home`,
      }),
    );
  }
  const name = request.visitor.identity?.user.name ?? "";
  return reply.send(
    renderConfirm({
      ...page,
      clientDescription: outcome.client.description,
      owner: outcome.client.user,
      scopes: outcome.scopes,
      xsrf: pageXsrf(reply, services, request.visitor),
      action: request.url,
      userName: name,
    }),
  );
}
