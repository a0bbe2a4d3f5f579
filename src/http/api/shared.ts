/** What was shared with a person or a group, and leaving it (contract 3.5). */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Grantee, Identity, ServerAt } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, emptyAnswer, personOf } from "./caller.ts";
import { found } from "./groups.ts";
import { nameOf } from "./input.ts";
import { byServer, listAnswer, serverNamed, serversOf, shareModel } from "./share-models.ts";

const byName = z.object({ name: z.string() });
const one = { schema: { params: byServer.extend({ name: z.string() }) } };

export function sharedApi(app: ZodApp, services: HubServices, api: string): void {
  const { shares } = services.access;

  for (const kind of ["users", "groups"] as const) {
    const asked = kind === "users" ? personAsked : groupAsked;

    app.get(`${api}/${kind}/:name/shared`, { schema: { params: byName } }, async (request) => {
      const { to } = await asked(request, services, `read:${kind}:shares`);
      return listAnswer(request, services, (page) => shares.list({ to }, page), shareModel);
    });

    app.get(`${api}/${kind}/:name/shared/:owner/:server`, one, async (request) => {
      const { to } = await asked(request, services, `read:${kind}:shares`);
      const share = await shares.find(serverAt(request), to);
      if (share === undefined) throw notShared();
      return shareModel(services, share, await serversOf(services, [share]));
    });

    app.delete(`${api}/${kind}/:name/shared/:owner/:server`, one, async (request, reply) => {
      const { identity, to } = await asked(request, services, `${kind}:shares`);
      const server = serverAt(request);
      if ((await shares.find(server, to)) === undefined) throw notShared();
      await shares.revoke({ server, to });
      services.log.info({ by: identity.user.name, server, to }, "shared server left");
      return emptyAnswer(reply, 204);
    });
  }
}

interface Asked {
  readonly identity: Identity;
  readonly to: Grantee;
}

async function personAsked(request: FastifyRequest, services: HubServices, scope: string): Promise<Asked> {
  const user = nameOf((request.params as { name: string }).name);
  const identity = callerWith(request, [scope], { user });
  await personOf(services, user);
  return { identity, to: { user } };
}

async function groupAsked(request: FastifyRequest, services: HubServices, scope: string): Promise<Asked> {
  const { identity, group } = found(request, services, [scope]);
  return { identity, to: { group: group.name } };
}

function serverAt(request: FastifyRequest): ServerAt {
  const { owner, server } = request.params as z.output<typeof byServer>;
  return { user: nameOf(owner), server: serverNamed(server) };
}

/** Not there and not shared look alike: what others have is not told here. */
function notShared(): HubError {
  return new HubError("not-found", "No such share");
}
