/** `/share-codes`: links by which others let themselves into a server (contract 3.5). */
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, emptyAnswer, personOf } from "./caller.ts";
import { nameOf, objectBody, parse } from "./input.ts";
import { byOwner, byServer, listAnswer, serverOf, serversOf, shareCodeModel } from "./share-models.ts";

const newCode = z.strictObject({
  scopes: z.array(z.string()).min(1).max(100).optional(),
  expires_in: z.number().int().optional(),
});
const which = z.object({ id: z.string().optional(), code: z.string().optional() });

export function shareCodesApi(app: ZodApp, services: HubServices, api: string): void {
  const { codes } = services.access.shares;
  const one = { schema: { params: byServer } };

  app.get(`${api}/share-codes/:owner`, { schema: { params: byOwner } }, async (request) => {
    const owner = nameOf(request.params.owner);
    callerWith(request, ["read:shares"], { user: owner });
    await personOf(services, owner);
    return listAnswer(request, services, (page) => codes.list({ owner }, page), shareCodeModel);
  });

  app.get(`${api}/share-codes/:owner/:server`, one, async (request) => {
    const { server } = await serverOf(request, services, ["read:shares"]);
    return listAnswer(request, services, (page) => codes.list(server, page), shareCodeModel);
  });

  app.post(`${api}/share-codes/:owner/:server`, one, async (request) => {
    const { identity, server } = await serverOf(request, services, ["shares"]);
    const { scopes, expires_in } = parse(newCode, objectBody(request.body) ?? {});
    const { row, code } = await codes.create({ by: identity, server, scopes, expiresInSeconds: expires_in });
    services.log.info({ by: identity.user.name, server, id: row.id, scopes: row.scopes }, "share code made");
    const accept = `${services.baseUrl}hub/accept-share?code=${code.reveal()}`;
    const { publicUrl } = services.config();
    return {
      ...shareCodeModel(services, row, await serversOf(services, [row])),
      code: code.reveal(),
      accept_url: accept,
      full_accept_url: publicUrl === undefined ? null : `${new URL(publicUrl).origin}${accept}`,
    };
  });

  app.delete(`${api}/share-codes/:owner/:server`, one, async (request, reply) => {
    const { identity, server } = await serverOf(request, services, ["shares"]);
    const { id, code } = parse(which, request.query);
    if (id !== undefined && code !== undefined) throw new HubError("bad-request", "Give either id or code, not both.");
    const chosen = id !== undefined ? { id } : code !== undefined ? { code } : "all";
    if (!(await codes.remove(server, chosen))) throw new HubError("not-found", "No such code");
    services.log.info({ by: identity.user.name, server, id: id ?? null }, "share code removed");
    return emptyAnswer(reply, 204);
  });
}
