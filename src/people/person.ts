/** What the rest of the hub knows of a person. */
import type { UserName } from "../kernel/index.ts";
import type { UserRow } from "../store/index.ts";

/** A person of this hub. Never carries the password's hash or the cookie id. */
export interface Person {
  readonly id: number;
  readonly name: UserName;
  /** May do everything now, by hand or by a rule; a suspended person may not. */
  readonly admin: boolean;
  /** Why this person may not enter now, in a sentence for admins; null when they may. */
  readonly suspended: string | null;
  /** An admin added this person: they may enter without any rule. */
  readonly byHand: boolean;
  /** ISO-8601 UTC. */
  readonly created: string;
  /** ISO-8601 UTC, at a resolution of 30 s; null until the first activity. */
  readonly lastActivity: string | null;
  /** False until the person has claimed the account. */
  readonly hasPassword: boolean;
}

/** What a row says of a person, without its secrets. */
export function personOf(row: UserRow): Person {
  return {
    id: row.id,
    // Names are normalised before they are stored, and only here.
    name: row.name as UserName,
    admin: row.admin === 1,
    suspended: row.suspended,
    byHand: row.by_hand === 1,
    created: row.created,
    lastActivity: row.last_activity,
    hasPassword: row.password_hash !== null,
  };
}

/** `active`: any server is neither stopped nor failed; `ready`: any server is ready; `inactive`: not active. */
export type PeopleState = "all" | "active" | "ready" | "inactive" | "admin" | "suspended";

/** `-` is descending. People without activity come first ascending, last descending (JupyterHub contract 3.5). */
export type PeopleSort = "id" | "-id" | "name" | "-name" | "last_activity" | "-last_activity";

export interface PeopleQuery {
  /** Part of a name, in any case. Default: everybody. */
  readonly search?: string;
  /** Default `all`. */
  readonly state?: PeopleState;
  /** Default `name`. */
  readonly sort?: PeopleSort;
  /** Default 0. */
  readonly offset?: number;
  /** Default 50. */
  readonly limit?: number;
  /** Only members of this group. Default, also for “”: everybody. */
  readonly group?: string;
  /** Only these people: what a filtered scope leaves visible. Default: everybody. */
  readonly only?: readonly UserName[];
}

export interface PeoplePage {
  readonly items: Person[];
  /** Everybody who matches, over all pages. */
  readonly total: number;
}

export interface AddedPeople {
  readonly added: Person[];
  readonly existing: UserName[];
}
