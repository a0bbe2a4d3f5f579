/** `/shares`: who may use somebody's servers (contract 3.5). The rules are in `access`. */
import { z } from "zod";
import type { Grantee, Identity } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { ShareRow } from "../../store/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, emptyAnswer, may, personOf } from "./caller.ts";
import { keptName, nameOf, objectBody, parse } from "./input.ts";
import { byOwner, byServer, listAnswer, serverOf, serversOf, shareModel } from "./share-models.ts";

const shareBody = z
  .strictObject({
    user: z.string().optional(),
    group: z.string().optional(),
    scopes: z.array(z.string()).min(1).max(100).optional(),
  })
  .refine(({ user, group }) => (user === undefined) !== (group === undefined), "needs either user or group");

export function sharesApi(app: ZodApp, services: HubServices, api: string): void {
  const { shares } = services.access;
  const one = { schema: { params: byServer } };

  app.get(`${api}/shares/:owner`, { schema: { params: byOwner } }, async (request) => {
    const owner = nameOf(request.params.owner);
    callerWith(request, ["read:shares"], { user: owner });
    await personOf(services, owner);
    return listAnswer(request, services, (page) => shares.list({ owner }, page), shareModel);
  });

  app.get(`${api}/shares/:owner/:server`, one, async (request) => {
    const { server } = await serverOf(request, services, ["read:shares"]);
    return listAnswer(request, services, (page) => shares.list(server, page), shareModel);
  });

  app.post(`${api}/shares/:owner/:server`, one, async (request) => {
    const { identity, server } = await serverOf(request, services, ["shares"]);
    const { scopes, ...named } = parse(shareBody, objectBody(request.body) ?? {});
    if (!mayName(identity, named))
      throw new HubError("forbidden", `You may not share with ${shown(named)}: you may not see that name.`);
    const to = await granteeOf(services, named);
    if ("group" in to) await keepGroup(services, to.group);
    const share = await shares.grant({ by: identity, server, to, scopes });
    services.log.info({ by: identity.user.name, server, to, scopes: share.scopes }, "server shared");
    return answer(services, share);
  });

  app.patch(`${api}/shares/:owner/:server`, one, async (request) => {
    const { identity, server } = await serverOf(request, services, ["shares"]);
    const { scopes, ...named } = parse(shareBody, objectBody(request.body) ?? {});
    const to = await knownGrantee(services, identity, named);
    const left = to === undefined ? undefined : await shares.revoke({ server, to, scopes });
    services.log.info({ by: identity.user.name, server, from: to, left: left?.scopes ?? [] }, "share revoked");
    return left === undefined ? {} : answer(services, left);
  });

  app.delete(`${api}/shares/:owner/:server`, one, async (request, reply) => {
    const { identity, server } = await serverOf(request, services, ["shares"]);
    await shares.revokeAll(server);
    services.log.info({ by: identity.user.name, server }, "every share revoked");
    return emptyAnswer(reply, 204);
  });
}

interface Named {
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

async function answer(services: HubServices, share: ShareRow): Promise<Record<string, unknown>> {
  return shareModel(services, share, await serversOf(services, [share]));
}

/** Asked before anybody is looked up: whether a name exists is not told to those who may not read it. */
function mayName(identity: Identity, { user, group }: Named): boolean {
  if (user !== undefined) return may(identity, "read:users:name", { user: keptName(user) });
  return may(identity, "read:groups:name", { group: group ?? "" });
}

/** @throws HubError `bad-request` for names that nobody has */
async function granteeOf(services: HubServices, { user, group = "" }: Named): Promise<Grantee> {
  if (user !== undefined) {
    const person = await services.people.find(user);
    if (person === undefined) throw new HubError("bad-request", `No such user: ${user.slice(0, 80)}`);
    return { user: person.name };
  }
  if (services.people.groups.find(group) === undefined)
    throw new HubError("bad-request", `No such group: ${group.slice(0, 80)}`);
  return { group };
}

/** A group of the configuration has no row of its own before something hangs on it. */
async function keepGroup({ people }: HubServices, group: string): Promise<void> {
  await people.groups.setProperties(group, await people.groups.propertiesOf(group));
}

/**
 * From whom is taken. Whoever let somebody in by a link may put them out by name; a name that the caller may not read and
 * that nobody has looks like one without a share.
 */
async function knownGrantee(services: HubServices, identity: Identity, named: Named): Promise<Grantee | undefined> {
  try {
    return await granteeOf(services, named);
  } catch (error) {
    if (mayName(identity, named)) throw error;
    return undefined;
  }
}

function shown({ user, group }: Named): string {
  return user === undefined ? `the group ${(group ?? "").slice(0, 80)}` : user.slice(0, 80);
}
