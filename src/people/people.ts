/** Who is on this hub. */
import type { Clock } from "../kernel/index.ts";
import type { Store } from "../store/index.ts";
import type { AddedPeople, PeoplePage, PeopleQuery, Person } from "./person.ts";

export interface PeopleParts {
  readonly store: Store;
  readonly clock: Clock;
}

/** People and what may be done to them. Names are normalised here (contract 1.7), so callers pass them as typed. */
export interface People {
  /** The person of that name, or undefined; a name that cannot exist is simply not found. */
  find(name: string): Promise<Person | undefined>;
  byId(id: number): Promise<Person | undefined>;
  /** @throws HubError `not-found` */
  require(name: string): Promise<Person>;
  /**
   * Adds people who are not there yet; those who are stay as they are, also when `admin` is given.
   * All or nothing: one invalid name and nobody is added. A name given twice is added once.
   * @throws HubError `name-invalid`
   */
  add(names: readonly string[], options?: { readonly admin?: boolean }): Promise<AddedPeople>;
  /** One page of the people that match. */
  list(query?: PeopleQuery): Promise<PeoplePage>;
  /** @throws HubError `not-found`, or `conflict` for the last admin */
  setAdmin(name: string, admin: boolean): Promise<Person>;
  /**
   * Gives a person another name; sign-ins, tokens and servers stay theirs.
   * @throws HubError `not-found`, `name-invalid`, or `conflict` when the name is taken
   */
  rename(name: string, next: string): Promise<Person>;
  /**
   * Forgets a person with their sessions, tokens and server rows. Stopping what runs and what becomes of their files
   * is the caller's business, before this.
   * @throws HubError `not-found`, or `conflict` for the last admin
   */
  remove(name: string): Promise<void>;
  /**
   * Records activity at `ms` (milliseconds since the epoch), at a resolution of 30 s; never backwards, and never later
   * than now, since a server with a wrong clock would otherwise never look idle.
   */
  touch(userId: number, ms: number): Promise<void>;
  count(): Promise<number>;
}

export function createPeople(_parts: PeopleParts): People {
  throw new Error("not yet");
}
