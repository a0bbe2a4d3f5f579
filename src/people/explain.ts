/** Why a person may enter or not, is an admin, is in a group, and gets what they get. */
import type { Explanation } from "../contract/index.ts";
import { isoTime, type UserName, userName } from "../kernel/index.ts";
import { findUser } from "../store/index.ts";
import { identitiesOf } from "./identities/refresh.ts";
import type { PeopleRoom } from "./room.ts";
import { type Cause, reasonOf } from "./rules/cause.ts";
import type { Rules } from "./rules/rules.ts";
import { against } from "./standing/against.ts";
import { type IdentityFacts, identityFacts, loadFacts, type PersonFacts } from "./standing/facts.ts";
import {
  adminCauses,
  entryCauses,
  identityEntry,
  memberships,
  ruledAdminCauses,
  standingOf,
} from "./standing/standing.ts";

export async function explain(room: PeopleRoom, raw: string): Promise<Omit<Explanation, "methods" | "lockouts">> {
  const name = userName(raw);
  const rules = room.rules();
  const row = await findUser(room.store.db, name);
  const facts = row === undefined ? unknownPerson(name) : await loadFacts(room.store.db, row);
  const standing = standingOf(facts, rules);
  const reasons = (causes: Iterable<Cause>) => Array.from(causes, (cause) => reasonOf(cause, rules.snapshot));

  // For a name that nobody has: what would let in whoever comes with it.
  const likely = row === undefined ? newcomers(facts, rules, isoTime(room.clock.now())) : [];
  const enter = [...entryCauses(facts, rules), ...likely.flatMap((identity) => [...identityEntry(identity, rules)])];
  const allowed = enter.length > 0;
  const suspended = standing.suspended === null || row === undefined ? [] : [{ text: standing.suspended }];
  return {
    name,
    exists: row !== undefined,
    enter: { allowed, because: reasons(allowed ? enter : [...suspended, ...against(facts, rules)]) },
    admin: {
      admin: standing.admin,
      byHand: facts.adminByHand,
      because: reasons(adminReasons(facts, rules, standing.admin)),
    },
    groups: standing.groups.map((group) => ({
      name: group,
      byHand: facts.groups.includes(group),
      because: reasons(
        Array.from(memberships(facts, rules))
          .filter((membership) => membership.group === group)
          .map(({ cause }) => cause),
      ),
    })),
    policy: rules.policyOf(standing.groups),
    identities: [...(await identitiesOf(room, name))],
  };
}

function adminReasons(facts: PersonFacts, rules: Rules, admin: boolean): Cause[] {
  const causes = [...adminCauses(facts, rules)];
  if (admin) return causes;
  if (causes.length > 0) return [...causes, { text: "But who may not enter is no admin." }];
  return [{ text: "Nobody made this person an admin, and no rule does." }];
}

function unknownPerson(name: UserName): PersonFacts {
  return { id: 0, name, byHand: false, adminByHand: false, identities: [], groups: [] };
}

/** As if somebody had just signed in by this login everywhere, and nothing more were known of them. */
function newcomers(facts: PersonFacts, rules: Rules, now: string): readonly IdentityFacts[] {
  return Array.from(rules.providers.values(), ({ id: provider, issuer = "" }) => {
    const about = { provider, issuer, subject: "", login: facts.name, email: null, groups: [] };
    return identityFacts({ ...about, refreshedAt: now, problem: null }, false, []);
  });
}

/** What rules alone make of a person: the words for who wants to take it away. */
export function ruledAdmin(facts: PersonFacts, rules: Rules): Cause | undefined {
  const first = ruledAdminCauses(facts, rules).next();
  return first.done === true ? undefined : first.value;
}
