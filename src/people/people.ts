/** Who is on this hub. */
import { type Clock, HubError, isoTime, randomHex, type UserName, userName } from "../kernel/index.ts";
import {
  changeUser,
  countUsers,
  type Database,
  deleteUser,
  findUser,
  findUserById,
  insertUsers,
  inTransaction,
  isUniqueViolation,
  listAdmins,
  listUsers,
  type Store,
  touchUser,
  type UserRow,
} from "../store/index.ts";
import type { AddedPeople, PeoplePage, PeopleQuery, Person } from "./person.ts";

/** Resolution of the last activity (milliseconds): every request of a browser would else write a row. */
const TOUCH_RESOLUTION = 30_000;

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
   * Gives a person another name; sign-ins, tokens and servers stay theirs. What is named after the person outside the
   * database (volumes, containers, routes) is the caller's business.
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

export function createPeople({ store, clock }: PeopleParts): People {
  const { db } = store;
  return {
    find: async (name) => {
      const row = await findRow(db, name);
      return row === undefined ? undefined : personOf(row);
    },
    byId: async (id) => {
      const row = await findUserById(db, id);
      return row === undefined ? undefined : personOf(row);
    },
    require: async (name) => personOf(await requireRow(db, name)),
    add: (names, { admin = false } = {}) => addPeople(db, names, admin, isoTime(clock.now())),
    list: (query = {}) => listPeople(db, query),
    setAdmin: (name, admin) =>
      inTransaction(db, async (trx) => {
        const row = await requireRow(trx, name);
        if (!admin) await keepAnAdmin(trx, row, "lose the role");
        return changed(row, await changeUser(trx, row.id, { admin: admin ? 1 : 0 }));
      }),
    rename: (name, next) => renamePerson(db, name, next),
    remove: (name) =>
      inTransaction(db, async (trx) => {
        const row = await requireRow(trx, name);
        await keepAnAdmin(trx, row, "be removed");
        await deleteUser(trx, row.id);
      }),
    touch: async (userId, ms) => {
      const at = Math.min(ms, clock.now());
      await touchUser(db, userId, isoTime(at), isoTime(at - TOUCH_RESOLUTION));
    },
    count: () => countUsers(db),
  };
}

/** What a row says of a person, without its secrets. */
export function personOf(row: UserRow): Person {
  return {
    id: row.id,
    // Names are normalised before they are stored, and only here.
    name: row.name as UserName,
    admin: row.admin === 1,
    created: row.created,
    lastActivity: row.last_activity,
    hasPassword: row.password_hash !== null,
  };
}

async function addPeople(db: Database, names: readonly string[], admin: boolean, now: string): Promise<AddedPeople> {
  const wanted = [...new Set(names.map(userName))];
  return inTransaction(db, async (trx) => {
    const rows = await insertUsers(
      trx,
      wanted.map((name) => ({ name, admin, created: now, cookieId: randomHex() })),
    );
    const added = rows.map(personOf);
    const fresh = new Set(added.map((person) => person.name));
    return { added, existing: wanted.filter((name) => !fresh.has(name)) };
  });
}

async function listPeople(db: Database, query: PeopleQuery): Promise<PeoplePage> {
  const { state = "all", sort = "name", offset = 0, limit = 50, only } = query;
  // Folded as names are; what no name can hold (PostgreSQL even refuses NUL) is dropped.
  const search = query.search?.normalize("NFKC").toLowerCase().trim().replace(/\p{C}/gu, "");
  const descending = sort.startsWith("-");
  const column = sort.replace(/^-/, "") as "id" | "name" | "last_activity";
  const page = await listUsers(db, { search, state, sort: column, descending, offset, limit, only });
  return { items: page.rows.map(personOf), total: page.total };
}

async function renamePerson(db: Database, name: string, next: string): Promise<Person> {
  const wanted = userName(next);
  try {
    return await inTransaction(db, async (trx) => {
      const row = await requireRow(trx, name);
      const other = await findUser(trx, wanted);
      if (other !== undefined && other.id !== row.id) throw taken(wanted);
      return changed(row, await changeUser(trx, row.id, { name: wanted }));
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw taken(wanted);
    throw error;
  }
}

function taken(name: UserName): HubError {
  return new HubError("conflict", `There is already a person called “${name}”. Choose another name.`);
}

async function keepAnAdmin(db: Database, row: UserRow, what: string): Promise<void> {
  if (row.admin !== 1) return;
  const admins = await listAdmins(db);
  // One who has never chosen a password cannot sign in: that is no admin to leave the hub with.
  const needed = row.password_hash !== null;
  if (admins.some((admin) => admin.id !== row.id && (!needed || admin.password_hash !== null))) return;
  throw new HubError(
    "conflict",
    `“${row.name}” is the only admin who can sign in, so this person cannot ${what}: nobody could manage the hub. Make somebody else an admin first, who has a password.`,
  );
}

async function findRow(db: Database, name: string): Promise<UserRow | undefined> {
  let normal: UserName;
  try {
    normal = userName(name);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
  return findUser(db, normal);
}

async function requireRow(db: Database, name: string): Promise<UserRow> {
  const row = await findRow(db, name);
  if (row === undefined) throw notFound(name);
  return row;
}

function changed(before: UserRow, after: UserRow | undefined): Person {
  if (after === undefined) throw notFound(before.name);
  return personOf(after);
}

function notFound(name: string): HubError {
  return new HubError("not-found", `There is no person called “${name.slice(0, 80)}” on this hub. Check the name.`);
}
