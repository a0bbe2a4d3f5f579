/** From raw scopes to what they allow: hierarchy, meta scopes and self-filters (contract 4.3–4.5). */
import { fullServerName, type ServerName, type UserName } from "../../kernel/index.ts";
import { parseScope } from "./grammar.ts";
import { closureOf } from "./hierarchy.ts";
import { rolesOf, SELF_SCOPES, scopesOfRole } from "./roles.ts";
import { EMPTY, type FilterKind, type Reach, reachOf, type ScopeSet, unite } from "./scope-set.ts";

/** For whom scopes are expanded. */
export interface Expansion {
  readonly owner: UserName;
  /** What `inherit` stands for. */
  readonly ownerScopes: ScopeSet;
  /** The server whose OAuth client asks, or whose own token it is: what `!server` stands for. */
  readonly issuer?: { readonly user: UserName; readonly server: ServerName } | undefined;
}

/** @throws HubError `bad-request` for an unknown scope or filter */
export function expand(raw: readonly string[], expansion: Expansion): ScopeSet {
  return unite(...raw.map((text) => expandOne(text, expansion)));
}

/** Everything a person may do by their roles, and by the raw scopes they were given beside them. */
export function scopesOfPerson(
  person: { readonly name: UserName; readonly admin: boolean },
  granted: readonly string[] = [],
): ScopeSet {
  const raw = rolesOf(person).flatMap((role) => scopesOfRole(role) ?? []);
  return expand([...raw, ...granted], { owner: person.name, ownerScopes: EMPTY });
}

function expandOne(text: string, expansion: Expansion): ScopeSet {
  const scope = parseScope(text);
  switch (scope.kind) {
    case "plain":
      return everyIncluded(scope.name, "all");
    case "filtered":
      return onValue(scope.name, scope.filter, scope.value);
    case "self-filtered": {
      const value = selfValue(scope.filter, expansion);
      return value === undefined ? EMPTY : onValue(scope.name, scope.filter, value);
    }
    case "meta":
      if (scope.name === "inherit") return expansion.ownerScopes;
      return unite(...SELF_SCOPES.map((name) => onValue(name, "user", expansion.owner)));
  }
}

/** There are no services yet, so `!service` stands for nothing. */
function selfValue(filter: "user" | "server" | "service", { owner, issuer }: Expansion): string | undefined {
  if (filter === "user") return owner;
  if (filter === "server" && issuer !== undefined) return fullServerName(issuer.user, issuer.server);
  return undefined;
}

function onValue(name: string, filter: FilterKind, value: string): ScopeSet {
  const set = everyIncluded(name, reachOf({ [filter]: [value] }));
  if (filter !== "server") return set;
  // What is said about people makes no sense on a server (contract 4.4).
  return new Map([...set].filter(([included]) => included === name || !included.startsWith("read:user")));
}

function everyIncluded(name: string, reach: Reach): ScopeSet {
  return new Map((closureOf(name) ?? []).map((included) => [included, reach]));
}
