/** Taking a person off the hub. */
import type { Identity } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { Person } from "../../people/index.ts";
import type { HubServices } from "../services.ts";

/**
 * Stops and forgets a person's servers, then the person; files are kept unless something else is said. They are
 * archived and erased before the person goes: when that fails the person is still there, and it can be tried again.
 * @returns the file of the archive, when one was asked for and there were files
 * @throws HubError `bad-request` for oneself, `conflict` for the last admin and for one whom the configuration names
 */
export async function removePerson(
  services: HubServices,
  identity: Identity,
  person: Person,
  files: "keep" | "archive" | "erase",
): Promise<string | undefined> {
  if (person.id === identity.user.id)
    throw new HubError("bad-request", "You cannot remove yourself. Ask another admin.");
  // Before anything is stopped or erased; `remove` looks at it again in its own transaction.
  await services.people.requireRemovable(person.name);
  await services.servers.evict(person.name, identity.user.name);
  const archive = files === "archive" ? await services.archiveFiles(person.name) : undefined;
  if (files !== "keep") await services.eraseFiles(person.name);
  await services.people.remove(person.name);
  services.log.info({ by: identity.user.name, user: person.name, files, archive }, "person removed");
  return archive;
}
