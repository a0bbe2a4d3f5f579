/** Takes a configuration over: works out everybody's standing, and writes what differs. */
import { setImmediate as breathe } from "node:timers/promises";
import { isoTime, randomHex } from "../../kernel/index.ts";
import {
  type BoundLoginRow,
  bindLogins,
  type Database,
  endSignInsOf,
  insertUsers,
  inTransaction,
  listStandings,
  type NewStanding,
  setStandings,
} from "../../store/index.ts";
import type { PeopleRoom } from "../room.ts";
import { loginKey } from "../rules/login.ts";
import type { Rules } from "../rules/rules.ts";
import { type IdentityFacts, loadAllFacts, type PersonFacts, type Written } from "./facts.ts";
import type { Entry } from "./memory.ts";
import { newBindings, standingOf } from "./standing.ts";

/** People between two pauses, in which others' requests are answered: a few milliseconds of work. */
const STRETCH = 500;

export async function applyConfiguration(room: PeopleRoom): Promise<void> {
  const { db } = room.store;
  const rules = room.rules();
  await addDeclared(db, rules, isoTime(room.clock.now()));
  const all = await loadAllFacts(db);
  const { people, bindings } = await settleLogins(all.people, rules);

  const entries: Entry[] = [];
  const changed: NewStanding[] = [];
  const suspended: number[] = [];
  for (const [index, { facts, admin, suspended: before }] of people.entries()) {
    if (index % STRETCH === STRETCH - 1) await breathe();
    const standing = standingOf(facts, rules);
    entries.push({ facts, standing });
    if (standing.admin === admin && standing.suspended === before) continue;
    changed.push({ id: facts.id, admin: standing.admin, suspended: standing.suspended });
    if (standing.suspended !== null && before === null) suspended.push(facts.id);
  }
  if (changed.length > 0 || bindings.length > 0) {
    await inTransaction(db, async (trx) => {
      await bindLogins(trx, bindings);
      await setStandings(trx, changed);
      await endSignInsOf(trx, suspended);
    });
  }
  room.memory.replace(entries, all.groups);
  if (suspended.length > 0) room.log.info({ people: suspended.length }, "may not enter any more by the configuration");
  room.tell(undefined);
}

/** People whom the configuration names get a row, so that they are seen and can be put into groups. */
async function addDeclared(db: Database, rules: Rules, now: string): Promise<void> {
  const { declared } = rules.snapshot;
  if (declared.size === 0) return;
  const there = new Set((await listStandings(db)).map((row) => row.name));
  const missing = [...declared.keys()].filter((name) => !there.has(name));
  if (missing.length === 0) return;
  await inTransaction(db, async (trx) => {
    // Their standing is worked out with everybody's.
    await insertUsers(
      trx,
      missing.map((name) => ({ name, admin: false, byHand: false, created: now, cookieId: randomHex() })),
    );
  });
}

/**
 * Binds logins that rules name now. When two accounts were seen with the same login (renamed, and registered again by
 * another), the one seen later has it: the rule was written after both.
 */
async function settleLogins(
  people: readonly Written[],
  rules: Rules,
): Promise<{ people: readonly Written[]; bindings: BoundLoginRow[] }> {
  const winners = new Map<string, { binding: BoundLoginRow; seen: string }>();
  for (const [index, { facts }] of people.entries()) {
    if (index % STRETCH === STRETCH - 1) await breathe();
    for (const binding of newBindings(facts, rules)) {
      const key = keyOf(binding, binding.login);
      const seen = seenAt(facts, binding);
      const held = winners.get(key);
      if (held === undefined || held.seen < seen) winners.set(key, { binding, seen });
    }
  }
  if (winners.size === 0) return { people, bindings: [] };
  const settled = people.map((person) => {
    const identities = person.facts.identities.map((identity) => withoutLost(identity, winners));
    return { ...person, facts: { ...person.facts, identities } };
  });
  return { people: settled, bindings: Array.from(winners.values(), ({ binding }) => binding) };
}

function withoutLost(
  identity: IdentityFacts,
  winners: ReadonlyMap<string, { readonly binding: BoundLoginRow }>,
): IdentityFacts {
  const login = loginKey(identity.login);
  if (!identity.unbound || login === undefined) return identity;
  const winner = winners.get(keyOf(identity, login));
  if (winner === undefined) return identity;
  const mine = winner.binding.subject === identity.subject;
  const names = mine ? identity.names : identity.names.filter((name) => name !== login);
  return { ...identity, names, unbound: false };
}

function seenAt(facts: PersonFacts, { provider, issuer, subject }: BoundLoginRow): string {
  const identity = facts.identities.find(
    (one) => one.provider === provider && one.issuer === issuer && one.subject === subject,
  );
  return identity?.refreshedAt ?? "";
}

function keyOf({ provider, issuer }: Pick<IdentityFacts, "provider" | "issuer">, login: string): string {
  return `${provider}\0${issuer}\0${login}`;
}
