/** `/users`: people, as JupyterHub's clients know them (contract 3.2, 3.5). */
import { z } from "zod";
import { filterOf, type Identity } from "../../access/index.ts";
import { HubError, type UserName, userName } from "../../kernel/index.ts";
import type { PeopleSort, PeopleState, Person } from "../../people/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerOf, callerWith, emptyAnswer, personOf } from "./caller.ts";
import { choice, flag, nameOf, parse } from "./input.ts";
import { READ_USER_SCOPES, userModel } from "./models.ts";
import { pageAnswer, pageOf } from "./paging.ts";
import { removePerson } from "./removal.ts";

const STATES = ["active", "ready", "inactive"] as const;
const SORTS = ["id", "-id", "name", "-name", "last_activity", "-last_activity"] as const;
const createMany = z.looseObject({ usernames: z.array(z.string()).min(1), admin: z.boolean().optional() });
const createOne = z.looseObject({ admin: z.boolean().optional() });
const change = z.strictObject({
  name: z.string().optional(),
  admin: z.boolean().optional(),
  auth_state: z.unknown().optional(),
});
const byName = z.object({ name: z.string() });

export function usersApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/users`, async (request) => {
    const identity = callerOf(request);
    const only = listable(services, identity);
    const page = pageOf(request);
    const query = request.query as Record<string, unknown>;
    const { items, total } = await services.people.list({
      search: typeof query.name_filter === "string" ? query.name_filter : "",
      state: choice(query.state, STATES, "state") ?? ("all" satisfies PeopleState),
      sort: choice(query.sort, SORTS, "sort") ?? ("id" satisfies PeopleSort),
      offset: page.offset,
      limit: page.limit,
      ...(only === undefined ? {} : { only }),
    });
    const servers = await services.servers.listOf(items.map((person) => person.name));
    const models = items.map((person) =>
      userModel(services, person, servers.get(person.name) ?? [], identity, {
        includeStopped: flag(query, "include_stopped_servers"),
      }),
    );
    return pageAnswer(request, page, models, total);
  });

  app.post(`${api}/users`, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const body = parse(createMany, request.body);
    mayGrantAdmin(identity, body.admin === true);
    const { added } = await services.people.add(body.usernames, { admin: body.admin === true });
    if (added.length === 0) throw new HubError("conflict", "All of these users exist already.");
    return reply.code(201).send(added.map((person) => modelOf(services, person, identity)));
  });

  app.get(`${api}/users/:name`, { schema: { params: byName } }, async (request) => {
    const name = nameOf(request.params.name);
    const identity = callerWith(request, READ_USER_SCOPES, { user: name });
    const person = await personOf(services, name);
    const query = request.query as Record<string, unknown>;
    return userModel(services, person, await services.servers.list(person.name), identity, {
      includeStopped: flag(query, "include_stopped_servers"),
    });
  });

  app.post(`${api}/users/:name`, { schema: { params: byName } }, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"], {});
    const body = parse(createOne, request.body ?? {});
    mayGrantAdmin(identity, body.admin === true);
    if (request.params.name === "") throw new HubError("not-found", "Not Found");
    const name = userName(request.params.name);
    const { added } = await services.people.add([name], { admin: body.admin === true });
    const person = added[0];
    if (person === undefined) throw new HubError("conflict", `User ${name} already exists`);
    return reply.code(201).send(modelOf(services, person, identity));
  });

  app.patch(`${api}/users/:name`, { schema: { params: byName } }, async (request) => {
    const name = nameOf(request.params.name);
    const identity = callerWith(request, ["admin:users"], { user: name });
    let person = await personOf(services, name);
    const body = parse(change, request.body);
    if (Object.keys(body).length === 0) throw new HubError("bad-request", "Nothing to change was given: name, admin.");
    if (person.admin || body.admin === true) mayGrantAdmin(identity, true);
    if (body.name !== undefined && body.name !== person.name) person = await rename(services, person, body.name);
    if (body.admin !== undefined) person = await services.people.setAdmin(person.name, body.admin);
    return userModel(services, person, await services.servers.list(person.name), identity, { includeStopped: false });
  });

  app.delete(`${api}/users/:name`, { schema: { params: byName } }, async (request, reply) => {
    const name = nameOf(request.params.name);
    const identity = callerWith(request, ["delete:users"], { user: name });
    const person = await personOf(services, name);
    await removePerson(services, identity, person, "keep");
    return emptyAnswer(reply, 204);
  });
}

async function rename(services: HubServices, person: Person, next: string): Promise<Person> {
  const servers = await services.servers.list(person.name);
  // The volume carries the name: files would be left behind under the old one, for whoever gets that name next.
  if (servers.some((server) => server.lastActivity !== null || server.state !== "stopped"))
    throw new HubError("bad-request", `${person.name} has files under this name and cannot be renamed.`);
  try {
    return await services.people.rename(person.name, next);
  } catch (error) {
    if (error instanceof HubError && error.code === "conflict")
      throw new HubError("bad-request", error.message, { cause: error });
    throw error;
  }
}

function modelOf(services: HubServices, person: Person, identity: Identity): Record<string, unknown> {
  return userModel(services, person, [], identity, { includeStopped: false });
}

/** Only admins make admins or touch them (contract 3.5). */
function mayGrantAdmin(identity: Identity, wanted: boolean): void {
  if (wanted && !identity.user.admin)
    throw new HubError("forbidden", "Only admins can change admins or make new ones.");
}

/** Whom a caller may list: undefined is everybody. With a filter rows are left out. @throws HubError `forbidden` */
function listable(services: HubServices, identity: Identity): readonly UserName[] | undefined {
  const reach = filterOf(identity, "list:users");
  if (reach === "all") return undefined;
  if (reach === undefined || reach.user.size + reach.group.size === 0)
    throw new HubError("forbidden", "Action is not authorized with current scopes; requires any of [list:users]");
  const members = [...reach.group].flatMap((group) => services.people.groups.membersOf(group));
  return [...new Set([...(reach.user as ReadonlySet<UserName>), ...members])];
}
