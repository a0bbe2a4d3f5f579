/** Expanded scopes as data: for each scope name, on whom or what it may be used. */

export const FILTER_KINDS = ["user", "server", "group", "service"] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];

/** The values a scope is limited to, by kind; they add up. `server` values are `user/server`. */
export type Filters = Readonly<Record<FilterKind, ReadonlySet<string>>>;

/** `"all"`: held without any filter. */
export type Reach = "all" | Filters;

/** Name → reach. Immutable; names without any reach are absent. */
export type ScopeSet = ReadonlyMap<string, Reach>;
