/** Works out one person's standing anew, and writes what changed of it. */
import { bindLogins, changeUser, type Database, endSignIns, type UserRow } from "../../store/index.ts";
import { noSuchPerson, type PeopleRoom } from "../room.ts";
import type { Rules } from "../rules/rules.ts";
import { loadFacts } from "./facts.ts";
import type { Entry } from "./memory.ts";
import { newBindings, standingOf } from "./standing.ts";

/** A person after a change, for the memory. */
export interface Stood extends Entry {
  readonly row: UserRow;
}

/**
 * Inside a transaction, after the change. Ends the sign-ins of somebody who may not enter any more; what they run
 * goes on.
 */
export async function restand(db: Database, rules: Rules, row: UserRow): Promise<Stood> {
  const facts = await loadFacts(db, row);
  await bindLogins(db, newBindings(facts, rules));
  const standing = standingOf(facts, rules);
  const { suspended } = standing;
  const admin = standing.admin ? 1 : 0;
  if (row.admin === admin && row.suspended === suspended) return { row, facts, standing };
  if (suspended !== null && row.suspended === null) await endSignIns(db, row.id);
  const changed = await changeUser(db, row.id, { admin, suspended });
  if (changed === undefined) throw noSuchPerson(row.name);
  return { row: changed, facts, standing };
}

/** After the transaction: memory follows, and who listens hears of it. */
export function remember(room: PeopleRoom, stood: Stood): void {
  const before = room.memory.byId(stood.facts.id);
  if (!room.memory.put({ facts: stood.facts, standing: stood.standing })) return;
  const { name } = stood.facts;
  if (before !== undefined && before.standing.suspended === null && stood.standing.suspended !== null)
    room.log.info({ user: name, why: stood.standing.suspended }, "may not enter any more");
  if (before !== undefined && before.facts.name !== name) room.tell(before.facts.name);
  room.tell(name);
}
