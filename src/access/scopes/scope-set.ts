/** Expanded scopes as data: for each scope name, on whom or what it may be used; and their algebra (contract 4.5). */
import type { UserName } from "../../kernel/index.ts";

export const FILTER_KINDS = ["user", "server", "group", "service"] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];

/** The values a scope is limited to, by kind; they add up. `server` values are `user/server`. */
export type Filters = Readonly<Record<FilterKind, ReadonlySet<string>>>;

/** `"all"`: held without any filter. */
export type Reach = "all" | Filters;

/** Name → reach. Immutable; names without any reach are absent. */
export type ScopeSet = ReadonlyMap<string, Reach>;

/** Names of the groups a person is in. */
export type GroupsOf = (user: UserName) => readonly string[];

export const EMPTY: ScopeSet = new Map();

/** A reach of single values, or of nothing when none is given. */
export function reachOf(values: Partial<Record<FilterKind, Iterable<string>>>): Filters {
  return {
    user: new Set(values.user),
    server: new Set(values.server),
    group: new Set(values.group),
    service: new Set(values.service),
  };
}

export function isNowhere(reach: Reach): boolean {
  return reach !== "all" && FILTER_KINDS.every((kind) => reach[kind].size === 0);
}

/** Everything that any of the sets allows. */
export function unite(...sets: readonly ScopeSet[]): ScopeSet {
  const united = new Map<string, Reach>();
  for (const set of sets) {
    for (const [name, reach] of set) {
      const before = united.get(name);
      united.set(name, before === undefined ? reach : uniteReach(before, reach));
    }
  }
  return united;
}

/** Only what both sets allow; of two filters where one lies inside the other, the narrower. */
export function intersect(a: ScopeSet, b: ScopeSet, groupsOf: GroupsOf): ScopeSet {
  const common = new Map<string, Reach>();
  for (const [name, left] of a) {
    const right = b.get(name);
    if (right === undefined) continue;
    const reach = intersectReach(left, right, groupsOf);
    if (!isNowhere(reach)) common.set(name, reach);
  }
  return common;
}

/** Whether `big` allows everything that `small` does. */
export function covers(big: ScopeSet, small: ScopeSet, groupsOf: GroupsOf): boolean {
  return beyond(big, small, groupsOf).length === 0;
}

/** The scopes of `small` that `big` does not allow, as text. */
export function beyond(big: ScopeSet, small: ScopeSet, groupsOf: GroupsOf): string[] {
  return [...small].flatMap(([name, reach]) => {
    const held = big.get(name);
    if (held === "all") return [];
    return scopeList(new Map([[name, reach]])).filter((text) => {
      if (held === undefined || reach === "all") return true;
      const bang = text.indexOf("!") + 1;
      const equals = text.indexOf("=", bang);
      const kind = FILTER_KINDS.find((one) => one === text.slice(bang, equals));
      return kind === undefined || !insideOf(kind, text.slice(equals + 1), held, groupsOf);
    });
  });
}

/** As text, sorted: the form `GET API/user` and tokens show. */
export function scopeList(set: ScopeSet): string[] {
  return [...set]
    .flatMap(([name, reach]) =>
      reach === "all"
        ? [name]
        : FILTER_KINDS.flatMap((kind) => [...reach[kind]].map((value) => `${name}!${kind}=${value}`)),
    )
    .sort();
}

/** Whether one value of a filter lies inside a reach: itself, or by `server` ⊂ `user` ⊂ `group`. */
export function insideOf(kind: FilterKind, value: string, reach: Reach, groupsOf: GroupsOf): boolean {
  if (reach === "all" || reach[kind].has(value)) return true;
  if (kind === "service" || kind === "group") return false;
  const user = kind === "user" ? value : value.slice(0, value.indexOf("/"));
  if (kind === "server" && reach.user.has(user)) return true;
  return reach.group.size > 0 && groupsOf(user as UserName).some((group) => reach.group.has(group));
}

function uniteReach(a: Reach, b: Reach): Reach {
  if (a === "all" || b === "all") return "all";
  return {
    user: new Set([...a.user, ...b.user]),
    server: new Set([...a.server, ...b.server]),
    group: new Set([...a.group, ...b.group]),
    service: new Set([...a.service, ...b.service]),
  };
}

function intersectReach(a: Reach, b: Reach, groupsOf: GroupsOf): Reach {
  if (a === "all") return b;
  if (b === "all") return a;
  const common = (kind: FilterKind): string[] => [
    ...[...a[kind]].filter((value) => insideOf(kind, value, b, groupsOf)),
    ...[...b[kind]].filter((value) => insideOf(kind, value, a, groupsOf)),
  ];
  return reachOf({
    user: common("user"),
    server: common("server"),
    group: common("group"),
    service: common("service"),
  });
}
