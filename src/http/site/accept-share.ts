/** `HUB accept-share?code=…&next=…`: taking what a share code gives (contract 3.5, checklist 143). */
import { z } from "zod";
import { safeNext } from "../../access/index.ts";
import { HubError, serverPrefix } from "../../kernel/index.ts";
import { frameOf } from "../frame.ts";
import { renderAcceptShare } from "../pages/accept-share.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { redirect, safeNextOf, sendPage, signedIn } from "./visit.ts";

const asked = z.looseObject({ code: z.string().optional(), next: z.string().optional() });

export function acceptShareRoutes(app: ZodApp, services: HubServices): void {
  const path = `${services.baseUrl}hub/accept-share`;
  const { codes } = services.access.shares;

  app.get(path, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const code = codeIn(request.query);
    const offer = await codes.inspect(code, identity.user);
    return sendPage(
      reply,
      renderAcceptShare({
        ...frameOf(services),
        owner: offer.server.user,
        server: offer.server.name,
        words: offer.words,
        code,
        next: safeNextOf(request, services) ?? "",
        xsrf: pageXsrf(reply, services, request.visitor),
        userName: identity.user.name,
      }),
    );
  });

  // JupyterHub's own form posts to the page's address, with the code in the query as well.
  app.post(path, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const form = { ...(request.query as object), ...(request.body as object | null) };
    const { server } = await codes.exchange(codeIn(form), identity.user);
    services.log.info({ by: identity.user.name, server }, "share accepted");
    const site = { baseUrl: services.baseUrl, origin: request.visitor.client.origin };
    return redirect(
      reply,
      safeNext(asked.safeParse(form).data?.next, site) ?? serverPrefix(services.baseUrl, server.user, server.name),
    );
  });
}

/** @throws HubError `bad-request` */
function codeIn(fields: unknown): string {
  const { data } = asked.safeParse(fields);
  if (data?.code !== undefined && data.code !== "") return data.code;
  throw new HubError("bad-request", "The link is incomplete: it has no code. Open it again, as it was sent to you.");
}
