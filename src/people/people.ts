/** Who is on this hub, and what they may. */
import { isoTime, possibleName, type UserName } from "../kernel/index.ts";
import { countUsers, findUserById, inTransaction, listUsers, touchUser, type UserRow } from "../store/index.ts";
import { addPeople, removePerson, renamePerson, requireRemovable, setAdmin, setByHand } from "./changes.ts";
import { explain } from "./explain.ts";
import { createGroups } from "./groups.ts";
import { admit } from "./identities/admit.ts";
import { dueIdentities, forgetIdentity, identitiesOf, refreshed } from "./identities/refresh.ts";
import { type AddedPeople, type PeoplePage, type PeopleQuery, type Person, personOf } from "./person.ts";
import type { Groups, Standings } from "./port.ts";
import { createRoom, findRow, noSuchPerson, type PeopleParts, type PeopleRoom } from "./room.ts";
import { applyConfiguration } from "./standing/apply.ts";
import type { PersonFacts } from "./standing/facts.ts";
import { remember, restand } from "./standing/restand.ts";
import { namesHubName, type Standing, standingOf } from "./standing/standing.ts";

/** Resolution of the last activity (milliseconds): every request of a browser would else write a row. */
const TOUCH_RESOLUTION = 30_000;

/** People and what may be done to them. Names are normalised here (contract 1.7), so callers pass them as typed. */
export interface People extends Standings {
  readonly groups: Groups;
  /** The person of that name, or undefined; a name that cannot exist is simply not found. */
  find(name: string): Promise<Person | undefined>;
  byId(id: number): Promise<Person | undefined>;
  /** Does a rule of the configuration speak of this very name? Then it is not for whoever happens to ask for it. */
  isMeant(name: UserName): boolean;
  /** @throws HubError `not-found` */
  require(name: string): Promise<Person>;
  /**
   * Adds people who are not there yet; those who are stay as they are, also when `admin` is given.
   * All or nothing: one invalid name and nobody is added. A name given twice is added once.
   * @param options.byHand false: they may enter only while a rule says so. Default: true
   * @throws HubError `name-invalid`
   */
  add(
    names: readonly string[],
    options?: { readonly admin?: boolean; readonly byHand?: boolean },
  ): Promise<AddedPeople>;
  /** One page of the people that match. */
  list(query?: PeopleQuery): Promise<PeoplePage>;
  /**
   * Makes somebody an admin by hand, or takes that back.
   * @throws HubError `not-found`; `conflict` for the last admin, for one whom a rule makes an admin (which is named), and
   *   for one who may not enter
   */
  setAdmin(name: string, admin: boolean): Promise<Person>;
  /**
   * Says that the person may enter without any rule (as if an admin had added them), or only while a rule says so.
   * @throws HubError `not-found`, or `conflict` for the last admin
   */
  setByHand(name: string, byHand: boolean): Promise<Person>;
  /**
   * Gives a person another name; sign-ins, identities, tokens and servers stay theirs. Somebody whom the configuration
   * named by the old name counts as added by hand from then on. What is named after the person outside the database
   * (volumes, containers, routes) is the caller's business.
   * @throws HubError `not-found`, `name-invalid`, or `conflict` when the name is taken
   */
  rename(name: string, next: string): Promise<Person>;
  /**
   * Forgets a person with their sessions, tokens and server rows. Stopping what runs and what becomes of their files
   * is the caller's business, before this.
   * @throws HubError `not-found`; `conflict` for the last admin, and for one whom the configuration names
   */
  remove(name: string): Promise<void>;
  /** Asked before anything is done that cannot be undone. @throws HubError as `remove` would now */
  requireRemovable(name: string): Promise<void>;
  /**
   * Records activity at `ms` (milliseconds since the epoch), at a resolution of 30 s; never backwards, and never later
   * than now, since a server with a wrong clock would otherwise never look idle.
   */
  touch(userId: number, ms: number): Promise<void>;
  count(): Promise<number>;
}

/** Memory is empty, and so nobody is in a group by hand or by a provider, until `applyConfiguration` was called once. */
export function createPeople(parts: PeopleParts): People {
  const room = createRoom(parts);
  const { db } = room.store;
  return {
    groups: createGroups(room),
    find: async (name) => seen(room, await findRow(db, name)),
    byId: async (id) => seen(room, await findUserById(db, id)),
    isMeant: (name) => namesHubName({ name }, room.rules()),
    require: async (name) => {
      const person = await seen(room, await findRow(db, name));
      if (person === undefined) throw noSuchPerson(name);
      return person;
    },
    add: (names, options = {}) => addPeople(room, names, options),
    list: (query = {}) => listPeople(room, query),
    setAdmin: (name, admin) => setAdmin(room, name, admin),
    setByHand: (name, byHand) => setByHand(room, name, byHand),
    rename: (name, next) => renamePerson(room, name, next),
    remove: (name) => removePerson(room, name),
    requireRemovable: (name) => requireRemovable(room, name),
    touch: async (userId, ms) => {
      const at = Math.min(ms, room.clock.now());
      await touchUser(db, userId, isoTime(at), isoTime(at - TOUCH_RESOLUTION));
    },
    count: () => countUsers(db),

    admit: (proof) => admit(room, proof),
    dueIdentities: (before, limit) => dueIdentities(room, before, limit),
    refreshed: (identityId, outcome) => refreshed(room, identityId, outcome),
    identitiesOf: (name) => identitiesOf(room, name),
    forgetIdentity: (name, provider) => forgetIdentity(room, name, provider),
    applyConfiguration: () => room.alone(() => applyConfiguration(room)),
    suspendedOf: (name) => standing(room, name).suspended ?? undefined,
    groupsOf: (name) => standing(room, name).groups,
    loginsOf: (name) =>
      (room.memory.byName(name)?.facts.identities ?? []).map(({ provider, login }) => `${provider}: ${login}`),
    policyOf: (name) => room.rules().policyOf(standing(room, name).groups),
    explain: (name) => explain(room, name),
    onStanding: (listener) => room.onStanding(listener),
  };
}

/** From memory; who is not in it has what rules say of the name alone. */
function standing(room: PeopleRoom, raw: UserName): Standing {
  const exact = room.memory.byName(raw);
  if (exact !== undefined) return exact.standing;
  const name = possibleName(raw) ?? raw;
  const known = room.memory.byName(name);
  if (known !== undefined) return known.standing;
  const facts: PersonFacts = { id: 0, name, byHand: false, adminByHand: false, identities: [], groups: [] };
  return standingOf(facts, room.rules());
}

/** A row that others wrote (the first admin) is taken into memory when it is first seen. */
async function seen(room: PeopleRoom, row: UserRow | undefined): Promise<Person | undefined> {
  if (row === undefined) return undefined;
  const facts = room.memory.byId(row.id)?.facts;
  const known =
    facts?.name === row.name && facts.byHand === (row.by_hand === 1) && facts.adminByHand === (row.admin_by_hand === 1);
  if (known) return personOf(row);
  return room.alone(async () => {
    const rules = room.rules();
    const stood = await inTransaction(room.store.db, async (db) => {
      const now = await findUserById(db, row.id);
      return now === undefined ? undefined : restand(db, rules, now);
    });
    if (stood === undefined) return undefined;
    remember(room, stood);
    return personOf(stood.row);
  });
}

async function listPeople(room: PeopleRoom, query: PeopleQuery): Promise<PeoplePage> {
  const { state = "all", sort = "name", offset = 0, limit = 50, group = "", only } = query;
  // Folded as names are; what no name can hold (PostgreSQL even refuses NUL) is dropped.
  const search = query.search?.normalize("NFKC").toLowerCase().trim().replace(/\p{C}/gu, "");
  const descending = sort.startsWith("-");
  const column = sort.replace(/^-/, "") as "id" | "name" | "last_activity";
  const ids = group === "" ? undefined : room.memory.idsOf(group);
  const page = await listUsers(room.store.db, { search, state, sort: column, descending, offset, limit, only, ids });
  return { items: page.rows.map(personOf), total: page.total };
}
