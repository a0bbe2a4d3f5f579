/** `/groups`, as JupyterHub's clients know them (contract 3.4, 3.5): those of the configuration with all their members, too. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { filterOf, type Identity } from "../../access/index.ts";
import type { GroupView } from "../../contract/index.ts";
import { HubError, type UserName } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerOf, callerWith, emptyAnswer, may } from "./caller.ts";
import { keptName, parse } from "./input.ts";
import { groupModel, READ_GROUP_SCOPES } from "./models.ts";
import { pageAnswer, pageOf } from "./paging.ts";

const byName = z.object({ name: z.string() });
const names = z.array(z.string()).max(10_000);
const createMany = z.looseObject({ groups: names.min(1), users: names.optional() });
const createOne = z.looseObject({ users: names.optional() });
const members = z.looseObject({ users: names });

export function groupsApi(app: ZodApp, services: HubServices, api: string): void {
  const { groups } = services.people;
  const one = { schema: { params: byName } };

  app.get(`${api}/groups`, async (request) => {
    const identity = callerOf(request);
    const shown = listable(identity);
    const page = pageOf(request);
    const all = groups.list().filter((group) => shown === undefined || shown.has(group.name));
    const items = all.slice(page.offset, page.offset + page.limit);
    const models = await Promise.all(items.map(({ name }) => groupModel(services, name, identity)));
    return pageAnswer(request, page, models, all.length);
  });

  app.post(`${api}/groups`, async (request, reply) => {
    const identity = callerWith(request, ["admin:groups"]);
    const body = parse(createMany, request.body);
    const wanted = [...new Set(body.groups)];
    const made = await create(services, identity, wanted, body.users ?? []);
    return reply.code(201).send(await Promise.all(made.map((name) => groupModel(services, name, identity))));
  });

  app.get(`${api}/groups/:name`, one, async (request) => {
    const { identity, group } = found(request, services, READ_GROUP_SCOPES);
    return groupModel(services, group.name, identity);
  });

  app.post(`${api}/groups/:name`, one, async (request, reply) => {
    const identity = callerWith(request, ["admin:groups"], { group: request.params.name });
    const body = parse(createOne, request.body ?? {});
    await create(services, identity, [request.params.name], body.users ?? []);
    return reply.code(201).send(await groupModel(services, request.params.name, identity));
  });

  app.delete(`${api}/groups/:name`, one, async (request, reply) => {
    const { identity, group } = found(request, services, ["delete:groups"]);
    await groups.remove(group.name);
    services.log.info({ by: identity.user.name, group: group.name }, "group removed");
    return emptyAnswer(reply, 204);
  });

  app.post(`${api}/groups/:name/users`, one, async (request) => {
    const { identity, group } = found(request, services, ["groups"]);
    const { users } = parse(members, request.body);
    mayFill(services, identity, group.name);
    await groups.addMembers(group.name, await existing(services, users));
    return groupModel(services, group.name, identity);
  });

  app.delete(`${api}/groups/:name/users`, one, async (request) => {
    const { identity, group } = found(request, services, ["groups"]);
    const { users } = parse(members, request.body);
    mayFill(services, identity, group.name);
    await groups.removeMembers(group.name, await existing(services, users));
    return groupModel(services, group.name, identity);
  });

  app.put(`${api}/groups/:name/properties`, one, async (request) => {
    const { identity, group } = found(request, services, ["groups"]);
    const properties = z.record(z.string(), z.unknown()).safeParse(request.body);
    if (!properties.success) throw new HubError("bad-request", "Must specify properties: a JSON object.");
    await groups.setProperties(group.name, properties.data);
    return groupModel(services, group.name, identity);
  });
}

/** The group of a path, when the caller holds any of the scopes for it. @throws HubError `forbidden`, `not-found` */
export function found(
  request: FastifyRequest,
  services: HubServices,
  scopes: readonly string[],
): { readonly identity: Identity; readonly group: GroupView } {
  const { name } = request.params as { name: string };
  const identity = callerWith(request, scopes, { group: name });
  const group = services.people.groups.find(name);
  if (group === undefined) throw new HubError("not-found", `No such group: ${name.slice(0, 80)}`);
  return { identity, group };
}

/** Nothing is made when one of them cannot be. @throws HubError `conflict`, `bad-request`, `name-invalid` */
async function create(
  services: HubServices,
  identity: Identity,
  wanted: readonly string[],
  users: readonly string[],
): Promise<readonly string[]> {
  const { groups } = services.people;
  const there = wanted.find((name) => groups.find(name) !== undefined);
  if (there !== undefined) throw new HubError("conflict", `Group ${there.slice(0, 80)} already exists`);
  const people = await existing(services, users);
  const made: string[] = [];
  try {
    for (const name of wanted) {
      await groups.create(name);
      made.push(name);
      if (people.length > 0) await groups.addMembers(name, people);
    }
  } catch (error) {
    for (const name of made) await groups.remove(name);
    throw error;
  }
  services.log.info({ by: identity.user.name, groups: wanted }, "groups made");
  return wanted;
}

/** Asked in one question, whatever their number. @throws HubError `bad-request` naming the first who is not there */
async function existing(services: HubServices, users: readonly string[]): Promise<readonly UserName[]> {
  if (users.length === 0) return [];
  // What can be no name is nobody's, and so not found.
  const only = users.map((name) => keptName(name) as UserName);
  const { items } = await services.people.list({ only, limit: users.length });
  const there = new Set(items.map(({ name }) => name));
  const missing = users.find((_, index) => !there.has(only[index] ?? ("" as UserName)));
  if (missing !== undefined) throw new HubError("bad-request", `No such user: ${missing.slice(0, 80)}`);
  return items.map(({ name }) => name);
}

/**
 * Who fills a group that makes admins makes admins, and who empties it unmakes them: that takes the same as saying so of
 * a person (contract 3.5).
 * @throws HubError `forbidden`
 */
export function mayFill(services: HubServices, identity: Identity, group: string): void {
  const defined = services.config().groups[group];
  if (defined?.admin !== true || (identity.user.admin && may(identity, "admin:users"))) return;
  throw new HubError("forbidden", `Members of ${group} are admins, and only admins can change who is one.`);
}

/** Which groups a caller may list: undefined is all. @throws HubError `forbidden` */
function listable(identity: Identity): ReadonlySet<string> | undefined {
  const reach = filterOf(identity, "list:groups");
  if (reach === "all") return undefined;
  if (reach === undefined || reach.group.size === 0)
    throw new HubError("forbidden", "Action is not authorized with current scopes; requires any of [list:groups]");
  return reach.group;
}
