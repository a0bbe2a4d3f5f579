/** People, for admins: list, add, hand out claim links, set a password, remove. */
import { z } from "zod";
import type { Identity } from "../../../access/index.ts";
import {
  addPeopleSchema,
  type ClaimLink,
  type PeopleView,
  peopleQuerySchema,
  type RemovedPerson,
  removePersonSchema,
  setPasswordSchema,
} from "../../../contract/index.ts";
import { HubError, type UserName } from "../../../kernel/index.ts";
import type { Claim } from "../../../signin/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith, emptyAnswer, personOf } from "../caller.ts";
import { nameOf, objectBody, parse } from "../input.ts";
import { removePerson } from "../removal.ts";
import { personViews } from "./person-views.ts";
import { mayTouch } from "./touching.ts";

const byName = z.object({ name: z.string() });

export function peopleApi(app: ZodApp, services: HubServices, api: string): void {
  const { people, servers, signIn } = services;

  app.get(`${api}/hublet/people`, async (request): Promise<PeopleView> => {
    const identity = callerWith(request, ["list:users"]);
    const { search, state, group, sort, offset, limit } = parse(peopleQuerySchema, request.query);
    const page = await people.list({ search, state, sort, offset, limit, ...(group === "" ? {} : { group }) });
    return {
      items: await personViews(services, page.items, identity),
      total: page.total,
      offset,
      limit,
      running: await servers.running(),
    };
  });

  app.post(`${api}/hublet/people`, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const { names, admin = false, handOverFiles = false } = parse(addPeopleSchema, request.body);
    if (admin && !identity.user.admin) throw new HubError("forbidden", "Only admins can make new admins.");
    const { added, existing } = await people.add(names, { admin });
    const letIn = await letInAgain(services, identity, existing);
    const withOldFiles = await servers.withFilesOfOthers([...added.map((person) => person.name), ...existing]);
    if (handOverFiles) for (const name of withOldFiles) await servers.handOverFiles(name);
    const links: ClaimLink[] = [];
    // Without own passwords there is nothing to claim: people come in by another way.
    if (services.config().signIn.passwords)
      for (const claim of await signIn.issueClaims(added.map((person) => person.name)))
        links.push(linkOf(services, claim));
    services.log.info({ by: identity.user.name, added: added.map((person) => person.name) }, "people added");
    const [handedOver, keptFiles] = handOverFiles ? [withOldFiles, []] : [[], withOldFiles];
    return reply.code(201).send({ links, existing, letIn, handedOver, keptFiles });
  });

  app.post(`${api}/hublet/people/:name/claim`, { schema: { params: byName } }, async (request) => {
    const identity = callerWith(request, ["admin:users"]);
    const person = await personOf(services, nameOf(request.params.name));
    mayTouch(identity, person);
    services.log.info({ by: identity.user.name, user: person.name }, "claim link made");
    return claimLink(services, person.name);
  });

  app.put(`${api}/hublet/people/:name/password`, { schema: { params: byName } }, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const { password } = parse(setPasswordSchema, request.body);
    const person = await personOf(services, nameOf(request.params.name));
    mayTouch(identity, person);
    await signIn.setPassword(person.name, password);
    services.log.info({ by: identity.user.name, user: person.name }, "password set");
    return emptyAnswer(reply, 204);
  });

  app.delete(`${api}/hublet/people/:name`, { schema: { params: byName } }, async (request, reply) => {
    const name = nameOf(request.params.name);
    const identity = callerWith(request, ["delete:users"], { user: name });
    const { data } = parse(removePersonSchema, objectBody(request.body) ?? {});
    const person = await personOf(services, name);
    const archive = await removePerson(services, identity, person, data ?? "keep");
    return data === "archive" ? ({ archive: archive ?? null } satisfies RemovedPerson) : emptyAnswer(reply, 204);
  });
}

/** Adding somebody whom no rule lets in any more lets them in by the admin's word. */
async function letInAgain(
  { people, log }: HubServices,
  identity: Identity,
  existing: readonly UserName[],
): Promise<UserName[]> {
  const suspended = existing.filter((name) => people.suspendedOf(name) !== undefined);
  for (const name of suspended) await people.setByHand(name, true);
  if (suspended.length > 0) log.info({ by: identity.user.name, people: suspended }, "people let in by hand");
  return suspended;
}

async function claimLink(services: HubServices, name: string): Promise<ClaimLink> {
  return linkOf(services, await services.signIn.issueClaim(name));
}

/** A one-time code as the link that is handed over. */
export function linkOf(services: HubServices, { name, code, expiresAt }: Claim): ClaimLink {
  const path = `${services.baseUrl}hub/claim?code=${encodeURIComponent(code)}`;
  return { name, code, url: `${services.publicAddress()}${path}`, expiresAt };
}
