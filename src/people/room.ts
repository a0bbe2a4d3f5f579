/** What the parts of this room share. */
import type { ConfigSnapshot } from "../config/index.ts";
import { type Clock, HubError, KeyedQueue, messageOf, possibleName, type UserName } from "../kernel/index.ts";
import { type Database, findUser, type Store, type UserRow } from "../store/index.ts";
import { compileRules, type Rules } from "./rules/rules.ts";
import { createMemory, type Memory } from "./standing/memory.ts";

/** The one thing that is asked of a logger here; pino fits. Never given a secret. */
export interface PeopleLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface PeopleParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Asked at every use, so that a changed configuration applies at once. */
  readonly snapshot: () => ConfigSnapshot;
  readonly log?: PeopleLog;
}

export interface PeopleRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly log: PeopleLog;
  /** Those of the present configuration. */
  rules(): Rules;
  /** One change at a time, so that memory follows the database. Never inside another one. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Says that somebody's standing changed; undefined: anybody's. */
  tell(name: UserName | undefined): void;
  onStanding(listener: (name: UserName | undefined) => void): () => void;
}

const SILENT: PeopleLog = { info: () => undefined, error: () => undefined };

export function createRoom({ store, clock, snapshot, log = SILENT }: PeopleParts): PeopleRoom {
  const turns = new KeyedQueue();
  const listeners = new Set<(name: UserName | undefined) => void>();
  let compiled: Rules | undefined;
  return {
    store,
    clock,
    log,
    memory: createMemory(),
    rules: () => {
      const now = snapshot();
      if (compiled?.snapshot !== now) compiled = compileRules(now);
      return compiled;
    },
    alone: (work) => turns.run("", work),
    tell: (name) => {
      for (const listener of listeners) {
        try {
          listener(name);
        } catch (error) {
          log.error({ error: messageOf(error) }, "a listener to changed standings failed");
        }
      }
    },
    onStanding: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The row of that name as typed; a name that cannot exist is simply not found. */
export async function findRow(db: Database, name: string): Promise<UserRow | undefined> {
  const normal = possibleName(name);
  return normal === undefined ? undefined : findUser(db, normal);
}

/** @throws HubError `not-found` */
export async function requireRow(db: Database, name: string): Promise<UserRow> {
  const row = await findRow(db, name);
  if (row === undefined) throw noSuchPerson(name);
  return row;
}

export function noSuchPerson(name: string): HubError {
  return new HubError("not-found", `There is no person called “${name.slice(0, 80)}” on this hub. Check the name.`);
}
