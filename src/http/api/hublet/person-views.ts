/** People as the admin page lists them. */
import type { PersonView } from "../../../contract/index.ts";
import type { Person } from "../../../people/index.ts";
import type { HubServices } from "../../services.ts";
import { serverView } from "./views.ts";

/** One page of people, in their order. */
export async function personViews(services: HubServices, page: readonly Person[]): Promise<PersonView[]> {
  const { people, servers, signIn } = services;
  const theirs = await servers.listOf(page.map((person) => person.name));
  return Promise.all(
    page.map(async (person) => {
      const [identities, factor] = await Promise.all([
        people.identitiesOf(person.name),
        signIn.secondFactorOf(person.name),
      ]);
      return {
        name: person.name,
        admin: person.admin,
        created: person.created,
        lastActivity: person.lastActivity,
        claimed: person.hasPassword,
        suspended: people.suspendedOf(person.name) ?? null,
        groups: [...people.groupsOf(person.name)],
        logins: identities.map(({ provider, login }) => `${provider}: ${login}`),
        secondFactor: factor.active,
        servers: (theirs.get(person.name) ?? []).map(serverView),
      };
    }),
  );
}
