/** What admins do to people. */
import { HubError, isoTime, randomHex, type UserName, userName } from "../kernel/index.ts";
import {
  changeUser,
  type Database,
  deleteUser,
  findUser,
  insertUsers,
  inTransaction,
  isUniqueViolation,
  listIdentitiesOf,
  listServersOf,
  type UserChange,
  type UserRow,
} from "../store/index.ts";
import { ruledAdmin } from "./explain.ts";
import { type AddedPeople, type Person, personOf } from "./person.ts";
import { noSuchPerson, type PeopleRoom, requireRow } from "./room.ts";
import { causeText } from "./rules/cause.ts";
import { declaredCause, type Rules } from "./rules/rules.ts";
import { loadFacts, type PersonFacts } from "./standing/facts.ts";
import { keepingAnAdmin, requireOtherAdmin } from "./standing/last-admin.ts";
import { remember, restand, type Stood } from "./standing/restand.ts";
import { declaredOf, standingOf } from "./standing/standing.ts";

/** More than so many new people at once are told of as everybody. */
const TOLD_ONE_BY_ONE = 20;

export async function addPeople(
  room: PeopleRoom,
  names: readonly string[],
  { admin = false, byHand = true }: { readonly admin?: boolean; readonly byHand?: boolean },
): Promise<AddedPeople> {
  const wanted = [...new Set(names.map(userName))];
  const created = isoTime(room.clock.now());
  return room.alone(async () => {
    const rules = room.rules();
    const entries = wanted.map((name) => {
      const facts: PersonFacts = { id: 0, name, byHand, adminByHand: admin, identities: [], groups: [] };
      return { facts, standing: standingOf(facts, rules) };
    });
    const users = entries.map(({ facts: { name }, standing }) => {
      const { admin: effective, suspended } = standing;
      return { name, admin: effective, adminByHand: admin, byHand, suspended, created, cookieId: randomHex() };
    });
    const rows = await inTransaction(room.store.db, (db) => insertUsers(db, users));
    const ids = new Map(rows.map((row) => [row.name, row.id]));
    for (const { facts, standing } of entries) {
      const id = ids.get(facts.name);
      if (id !== undefined) room.memory.put({ facts: { ...facts, id }, standing });
    }
    const added = rows.map(personOf);
    if (added.length > TOLD_ONE_BY_ONE) room.tell(undefined);
    else for (const person of added) room.tell(person.name);
    return { added, existing: wanted.filter((name) => !ids.has(name)) };
  });
}

export async function setAdmin(room: PeopleRoom, name: string, admin: boolean): Promise<Person> {
  const rights = { admin_by_hand: admin ? 1 : 0 };
  return change(room, name, async (db, rules, row) => {
    const stood = await keepingAnAdmin(db, rules, about(row, "this person cannot lose the role"), () =>
      write(db, rules, row, rights),
    );
    if (!admin && stood.standing.admin) throw ruled(stood, rules);
    if (admin && stood.standing.suspended !== null) {
      throw new HubError(
        "conflict",
        `“${row.name}” may not enter this hub, and so cannot be an admin. ${stood.standing.suspended} Let this person in first.`,
      );
    }
    return stood;
  });
}

export async function setByHand(room: PeopleRoom, name: string, byHand: boolean): Promise<Person> {
  return change(room, name, (db, rules, row) =>
    keepingAnAdmin(db, rules, about(row, "this person has to be let in"), () =>
      write(db, rules, row, { by_hand: byHand ? 1 : 0 }),
    ),
  );
}

export async function renamePerson(room: PeopleRoom, name: string, next: string): Promise<Person> {
  const wanted = userName(next);
  try {
    let replaced: number | undefined;
    const person = await change(room, name, async (db, rules, row) => {
      if (row.name === wanted) return restand(db, rules, row);
      const other = await findUser(db, wanted);
      replaced = other?.id;
      if (other !== undefined) {
        if (!(await isUntouched(db, other))) throw taken(wanted);
        await deleteUser(db, other.id);
      }
      // The configuration may still name the old name: an admin's word keeps the person from being left outside.
      const named = declaredOf(await loadFacts(db, row), rules) !== undefined;
      return keepingAnAdmin(db, rules, about(row, "this person cannot be renamed"), () =>
        write(db, rules, row, named ? { name: wanted, by_hand: 1 } : { name: wanted }),
      );
    });
    // Memory may still know the row that made way; by its id, since the name is another's now.
    if (replaced !== undefined) room.memory.forget(replaced);
    return person;
  } catch (error) {
    if (isUniqueViolation(error)) throw taken(wanted);
    throw error;
  }
}

export async function removePerson(room: PeopleRoom, name: string): Promise<void> {
  return room.alone(async () => {
    const rules = room.rules();
    const row = await inTransaction(room.store.db, async (db) => {
      const found = await removable(db, rules, name);
      await deleteUser(db, found.id);
      return found;
    });
    room.memory.forget(row.id);
    room.tell(row.name as UserName);
  });
}

/** @throws HubError as `removePerson` would now */
export async function requireRemovable(room: PeopleRoom, name: string): Promise<void> {
  await removable(room.store.db, room.rules(), name);
}

async function removable(db: Database, rules: Rules, name: string): Promise<UserRow> {
  const row = await requireRow(db, name);
  const declared = rules.declared(row.name as UserName);
  if (declared !== undefined) {
    throw new HubError(
      "conflict",
      `“${row.name}” would come back. ${causeText(declaredCause(declared), rules.snapshot)} Take the name out there first.`,
    );
  }
  await requireOtherAdmin(db, rules, about(row, "this person cannot be removed"), row.id);
  return row;
}

function about({ name }: UserRow, what: string) {
  return { who: `“${name}” is`, what };
}

type Changing = (db: Database, rules: Rules, row: UserRow) => Promise<Stood>;

async function change(room: PeopleRoom, name: string, changing: Changing): Promise<Person> {
  return room.alone(async () => {
    const rules = room.rules();
    const stood = await inTransaction(room.store.db, async (db) => changing(db, rules, await requireRow(db, name)));
    remember(room, stood);
    return personOf(stood.row);
  });
}

async function write(db: Database, rules: Rules, row: UserRow, columns: UserChange): Promise<Stood> {
  const changed = await changeUser(db, row.id, columns);
  if (changed === undefined) throw noSuchPerson(row.name);
  return restand(db, rules, changed);
}

/** A row that only the configuration made, and nobody has used: it holds nothing to be lost. */
async function isUntouched(db: Database, row: UserRow): Promise<boolean> {
  return (
    row.by_hand === 0 &&
    row.password_hash === null &&
    row.last_activity === null &&
    (await listIdentitiesOf(db, row.id)).length === 0 &&
    (await listServersOf(db, [row.id])).length === 0
  );
}

function ruled({ facts }: Stood, rules: Rules): HubError {
  const cause = ruledAdmin(facts, rules);
  return new HubError(
    "conflict",
    `“${facts.name}” is an admin by a rule of the configuration, so the role cannot be taken away here. ${cause === undefined ? "" : `${causeText(cause, rules.snapshot)} `}Change it there.`,
  );
}

function taken(name: UserName): HubError {
  return new HubError("conflict", `There is already a person called “${name}”. Choose another name.`);
}
