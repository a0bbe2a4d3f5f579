/** What the list of people shows, kept in the page's address: reload, back and a shared link show the same. */
import type { PeopleQuery } from "../api/keys.ts";

export const FILTERS = ["all", "active", "inactive", "admin", "suspended"] as const;
export type Filter = (typeof FILTERS)[number];
export const SORTS = ["name", "-name", "-last_activity", "last_activity"] as const;
export type Sort = (typeof SORTS)[number];

export interface Query extends PeopleQuery {
  readonly state: Filter;
  readonly sort: Sort;
}

const DEFAULTS: Query = { search: "", state: "all", group: "", sort: "name", offset: 0 };

/** Reads the address; anything odd in it counts as not said. */
export function queryOf(params: URLSearchParams): Query {
  const offset = Number(params.get("offset") ?? "0");
  return {
    search: params.get("search") ?? "",
    state: FILTERS.find((one) => one === params.get("state")) ?? DEFAULTS.state,
    group: params.get("group") ?? "",
    sort: SORTS.find((one) => one === params.get("sort")) ?? DEFAULTS.sort,
    offset: Number.isSafeInteger(offset) && offset > 0 ? offset : 0,
  };
}

/** The address with a change applied; what is as by default is left out of it. */
export function withQuery(params: URLSearchParams, change: Partial<Query>): URLSearchParams {
  const query = { ...queryOf(params), ...change };
  const next = new URLSearchParams();
  for (const key of ["search", "state", "group", "sort", "offset"] as const) {
    if (query[key] !== DEFAULTS[key]) next.set(key, String(query[key]));
  }
  return next;
}

export function isFiltered(query: Query): boolean {
  return query.search !== "" || query.state !== "all" || query.group !== "";
}

/** The address with one person's panel open. */
export function personLink(params: URLSearchParams, name: string): string {
  const next = withQuery(params, {});
  next.set("person", name);
  return `/admin?${next}`;
}
