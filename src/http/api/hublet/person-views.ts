/** People as the admin page lists them. */
import type { Identity } from "../../../access/index.ts";
import type { PersonView } from "../../../contract/index.ts";
import type { Person } from "../../../people/index.ts";
import type { HubServices } from "../../services.ts";
import { serverView } from "./views.ts";

/** One page of people, in their order. */
export async function personViews(
  services: HubServices,
  page: readonly Person[],
  identity: Identity,
): Promise<PersonView[]> {
  const { people, servers, signIn } = services;
  const [theirs, withFactor] = await Promise.all([
    servers.listOf(page.map((person) => person.name)),
    signIn.withActiveFactor(page.map((person) => person.id)),
  ]);
  return page.map((person) => ({
    name: person.name,
    admin: person.admin,
    created: person.created,
    lastActivity: person.lastActivity,
    claimed: person.hasPassword,
    suspended: people.suspendedOf(person.name) ?? null,
    groups: [...people.groupsOf(person.name)],
    logins: [...people.loginsOf(person.name)],
    secondFactor: withFactor.has(person.id),
    servers: (theirs.get(person.name) ?? []).map((server) => serverView(server, identity)),
  }));
}
