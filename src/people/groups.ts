/** Groups: those of the configuration, and those made by hand or by API. */
import type { GroupView, MembersView } from "../contract/index.ts";
import { HubError, possibleName, type UserName } from "../kernel/index.ts";
import {
  type Database,
  deleteGroup,
  deleteMemberships,
  findGroup,
  findUsers,
  insertGroup,
  insertMemberships,
  inTransaction,
  setGroupProperties,
  type UserRow,
} from "../store/index.ts";
import { givesOf } from "./policy/gives.ts";
import type { Groups } from "./port.ts";
import type { PeopleRoom } from "./room.ts";
import { causeText, placeText } from "./rules/cause.ts";
import type { Rules } from "./rules/rules.ts";
import { keepingAnAdmin } from "./standing/last-admin.ts";
import { remember, restand, type Stood } from "./standing/restand.ts";
import { memberships, standingOf } from "./standing/standing.ts";

/** As the configuration's: what scopes and addresses can carry. */
const NAME = /^[^\s/!=,\p{C}](?:[^/!=,\p{C}]{0,62}[^\s/!=,\p{C}])?$/u;

export function createGroups(room: PeopleRoom): Groups {
  const { memory } = room;
  const { db } = room.store;
  return {
    list: () => {
      const rules = room.rules();
      const names = new Set([...rules.groups.configured.keys(), ...memory.groups.keys()]);
      return [...names].sort().map((name) => viewOf(room, rules, name));
    },
    find: (name) => {
      const rules = room.rules();
      return exists(room, rules, name) ? viewOf(room, rules, name) : undefined;
    },
    membersOf: (name) => memory.membersOf(name),
    members: (name, { offset, limit }) => membersPage(room, name, offset, limit),
    propertiesOf: async (name) => (await findGroup(db, name))?.properties ?? {},
    create: (name) =>
      room.alone(async () => {
        const rules = room.rules();
        if (!NAME.test(name)) throw badName(name);
        const made = rules.groups.configured.has(name) ? undefined : await insertGroup(db, name);
        if (made === undefined) {
          throw new HubError("conflict", `There is already a group called “${name}”. Choose another name.`);
        }
        memory.groups.set(name, made.id);
      }),
    remove: (name) => room.alone(() => removeGroup(room, name)),
    addMembers: (name, people) => changeMembers(room, name, people, { joins: true }),
    removeMembers: (name, people) => changeMembers(room, name, people, { joins: false }),
    setProperties: (name, properties) =>
      room.alone(async () => {
        requireGroup(room, name);
        const id = await inTransaction(db, async (trx) => {
          const row = await rowOf(trx, name);
          await setGroupProperties(trx, row, properties);
          return row;
        });
        memory.groups.set(name, id);
      }),
  };
}

function viewOf(room: PeopleRoom, rules: Rules, name: string): GroupView {
  const configured = rules.groups.configured.get(name);
  return {
    name,
    description: configured?.description ?? "",
    members: room.memory.countOf(name),
    configured: configured !== undefined,
    place: configured === undefined ? null : placeText(rules.snapshot.placeOf(["groups", name])),
    gives: configured === undefined ? [] : givesOf(configured),
  };
}

function membersPage(room: PeopleRoom, name: string, offset: number, limit: number): MembersView {
  const rules = room.rules();
  const all = room.memory.membersOf(name);
  const items = all.slice(offset, offset + limit).map((member) => {
    const facts = room.memory.byName(member)?.facts;
    const because =
      facts === undefined ? [] : Array.from(memberships(facts, rules)).filter(({ group }) => group === name);
    return {
      name: member as string,
      byHand: facts?.groups.includes(name) ?? false,
      because: because.map(({ cause }) => causeText(cause, rules.snapshot)),
    };
  });
  return { items, total: all.length };
}

async function removeGroup(room: PeopleRoom, name: string): Promise<void> {
  const { memory } = room;
  const rules = room.rules();
  const id = memory.groups.get(name);
  if (rules.groups.configured.has(name)) {
    const place = placeText(rules.snapshot.placeOf(["groups", name]));
    throw new HubError(
      "conflict",
      `The configuration defines the group “${name}”${place === null ? "" : ` (${place})`}, so it cannot be removed here. Remove it there.`,
    );
  }
  if (id === undefined) throw noSuchGroup(name);
  await deleteGroup(room.store.db, id);
  memory.groups.delete(name);
  for (const member of [...memory.membersOf(name)]) regroup(room, rules, member, name, false);
}

async function changeMembers(
  room: PeopleRoom,
  name: string,
  people: readonly string[],
  { joins }: { readonly joins: boolean },
): Promise<void> {
  return room.alone(async () => {
    const rules = room.rules();
    requireGroup(room, name);
    const admins = rules.groups.configured.get(name)?.admin === true;
    const { groupId, rows, stood } = await inTransaction(room.store.db, async (db) => {
      const found = await everybody(db, people);
      const group = await rowOf(db, name);
      const change = async () => {
        if (joins)
          await insertMemberships(
            db,
            found.map(({ id }) => ({ groupId: group, userId: id })),
          );
        else
          await deleteMemberships(
            db,
            group,
            found.map(({ id }) => id),
          );
        // Of the other groups nothing of the standing's row depends.
        return admins ? restandAll(db, rules, found) : [];
      };
      const after = admins
        ? await keepingAnAdmin(db, rules, { who: `In “${name}” is`, what: "its members have to stay" }, change)
        : await change();
      return { groupId: group, rows: found, stood: after };
    });
    room.memory.groups.set(name, groupId);
    for (const one of stood) remember(room, one);
    if (admins) return;
    for (const row of rows) regroup(room, rules, row.name as UserName, name, joins);
  });
}

/** The memory's part of a membership by hand. Who is not in memory is read whole when first seen. */
function regroup(room: PeopleRoom, rules: Rules, member: UserName, group: string, joins: boolean): void {
  const known = room.memory.byName(member)?.facts;
  if (known === undefined) return;
  const others = known.groups.filter((other) => other !== group);
  const facts = { ...known, groups: joins ? [...others, group].sort() : others };
  if (room.memory.put({ facts, standing: standingOf(facts, rules) })) room.tell(member);
}

async function restandAll(db: Database, rules: Rules, rows: readonly UserRow[]): Promise<Stood[]> {
  const stood: Stood[] = [];
  for (const row of rows) stood.push(await restand(db, rules, row));
  return stood;
}

/** @throws HubError `bad-request` naming those who are not there */
async function everybody(db: Database, people: readonly string[]): Promise<UserRow[]> {
  const names = new Map(people.map((raw) => [raw, possibleName(raw)]));
  const wanted = [...new Set(names.values())].filter((name): name is UserName => name !== undefined);
  const rows = await findUsers(db, wanted);
  const there = new Set(rows.map((row) => row.name));
  const unknown = [...names].filter(([, name]) => name === undefined || !there.has(name)).map(([raw]) => raw);
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 10).map((raw) => `“${raw.slice(0, 80)}”`);
    throw new HubError(
      "bad-request",
      `${shown.join(", ")}${unknown.length > shown.length ? " and others" : ""} cannot be in a group, since nobody here is called so. Add the people first.`,
    );
  }
  return rows;
}

/** The row's id; a configured group gets its row when somebody is put into it by hand. */
async function rowOf(db: Database, name: string): Promise<number> {
  const row = (await findGroup(db, name)) ?? (await insertGroup(db, name));
  if (row === undefined) throw new Error(`the group ${name} vanished within a transaction`);
  return row.id;
}

function exists(room: PeopleRoom, rules: Rules, name: string): boolean {
  return rules.groups.configured.has(name) || room.memory.groups.has(name);
}

function requireGroup(room: PeopleRoom, name: string): void {
  if (!exists(room, room.rules(), name)) throw noSuchGroup(name);
}

function noSuchGroup(name: string): HubError {
  return new HubError("not-found", `There is no group called “${name.slice(0, 80)}” on this hub. Check the name.`);
}

function badName(name: string): HubError {
  return new HubError(
    "name-invalid",
    `“${name.slice(0, 80)}” cannot be a group's name: use 1 to 64 characters without “/”, “!”, “=” and “,”, and no space at its ends.`,
  );
}
