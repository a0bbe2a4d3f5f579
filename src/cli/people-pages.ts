/** People as the command line lists them: all of them, page by page. */
import { type PersonView, peopleSchema } from "../contract/index.ts";
import type { HubClient } from "./hub-client.ts";

/** The most that the hub gives in one answer. */
const PAGE = 200;

/**
 * Everybody who matches, in the order of their names.
 * @param query further parameters of `GET /hub/api/hublet/people`, unescaped
 */
export async function everybody(hub: HubClient, query: Readonly<Record<string, string>>): Promise<PersonView[]> {
  const people: PersonView[] = [];
  for (;;) {
    const parameters = new URLSearchParams({
      ...query,
      sort: "name",
      offset: String(people.length),
      limit: String(PAGE),
    });
    const page = await hub.request("GET", `/hublet/people?${parameters}`, peopleSchema);
    people.push(...page.items);
    // An empty page ends it too: somebody may have been removed meanwhile.
    if (page.items.length === 0 || people.length >= page.total) return people;
  }
}
