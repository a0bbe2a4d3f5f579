/** What the rest of the hub knows of a person. */
import type { UserName } from "../kernel/index.ts";

/** A person of this hub. Never carries the password's hash or the cookie id. */
export interface Person {
  readonly id: number;
  readonly name: UserName;
  readonly admin: boolean;
  /** ISO-8601 UTC. */
  readonly created: string;
  /** ISO-8601 UTC, at a resolution of 30 s; null until the first activity. */
  readonly lastActivity: string | null;
  /** False until the person has claimed the account. */
  readonly hasPassword: boolean;
}

/** `active`: any server is neither stopped nor failed; `ready`: any server is ready; `inactive`: not active. */
export type PeopleState = "all" | "active" | "ready" | "inactive" | "admin";

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
