/** Asking an expanded set: may this be done to that? (Contract 3.1 and 4.5.) */
import { HubError } from "../../kernel/index.ts";
import { type GroupsOf, insideOf, type Reach, type ScopeSet } from "./scope-set.ts";

/** Scopes with what a filter by group has to know: an `Identity` is one. */
export interface Holding {
  readonly scopes: ScopeSet;
  readonly groupsOf: GroupsOf;
}

/** What a request is about; `server` is the server's name and needs `user`. Empty: the hub as a whole. */
export interface Resource {
  readonly user?: string;
  readonly server?: string;
  readonly group?: string;
  readonly service?: string;
}

/** `filtered`: held, but for other resources: answer 404. `no`: not held in any form: answer 403. */
export type Held = "yes" | "filtered" | "no";

/** Whether the scope `name` is held for the resource. */
export function holds({ scopes, groupsOf }: Holding, name: string, resource: Resource = {}): Held {
  const reach = scopes.get(name);
  if (reach === undefined) return "no";
  return reaches(reach, resource, groupsOf) ? "yes" : "filtered";
}

/**
 * Lets a request pass that holds any of the scopes for the resource.
 * @throws HubError `forbidden` when none is held in any form, `not-found` when only for other resources; JupyterHub's words
 */
export function requireAny(holding: Holding, names: readonly string[], resource: Resource = {}): void {
  const answers = names.map((name) => holds(holding, name, resource));
  if (answers.includes("yes")) return;
  if (answers.includes("filtered")) throw new HubError("not-found", "No access to resources or resources not found");
  throw new HubError(
    "forbidden",
    `Action is not authorized with current scopes; requires any of [${names.join(", ")}]`,
  );
}

/** For list endpoints: where the scope reaches; undefined when it is not held at all. Rows outside of it are left out. */
export function filterOf({ scopes }: Holding, name: string): Reach | undefined {
  return scopes.get(name);
}

/** Whether a reach has the resource in it. The hub as a whole (an empty resource) is only in an unlimited one. */
function reaches(reach: Reach, resource: Resource, groupsOf: GroupsOf): boolean {
  if (reach === "all") return true;
  const { user, server, group, service } = resource;
  if (user !== undefined) {
    return server === undefined
      ? insideOf("user", user, reach, groupsOf)
      : insideOf("server", `${user}/${server}`, reach, groupsOf);
  }
  if (group !== undefined) return insideOf("group", group, reach, groupsOf);
  return service !== undefined && insideOf("service", service, reach, groupsOf);
}
