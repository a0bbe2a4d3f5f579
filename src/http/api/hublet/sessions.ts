/** The browsers in which one is signed in. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { SignedIn } from "../../../access/index.ts";
import type { BrowserSessionView } from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, emptyAnswer } from "../caller.ts";

export function sessionsApi(app: ZodApp, services: HubServices, api: string): void {
  const { sessions } = services.access;
  const path = `${api}/hublet/account/sessions`;

  app.get(path, async (request): Promise<{ items: BrowserSessionView[] }> => {
    const here = browserOf(request);
    const all = await sessions.listOf(here.identity.user.id);
    const items = all.map(({ hash, sessionId, created, expiresAt, userAgent, address }) => ({
      id: sessionId,
      created,
      expiresAt,
      userAgent,
      address,
      current: hash === here.sessionHash,
    }));
    return { items };
  });

  app.delete(`${path}/:id`, { schema: { params: z.object({ id: z.string() }) } }, async (request, reply) => {
    const { identity } = browserOf(request);
    if (!(await sessions.endOne(identity.user.id, request.params.id)))
      throw new HubError("not-found", "You are not signed in there any more.");
    services.log.info({ user: identity.user.name }, "browser signed out by its person");
    return emptyAnswer(reply, 204);
  });
}

/** Tokens neither see nor end sign-ins: they live on their own. @throws HubError `not-signed-in`, `forbidden` */
function browserOf(request: FastifyRequest): SignedIn {
  callerOf(request);
  const { session } = request.visitor;
  if (session === undefined)
    throw new HubError("forbidden", "Signed-in browsers are managed in one of them. Open the account page.");
  return session;
}
