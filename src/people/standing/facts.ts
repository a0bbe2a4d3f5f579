/** What is known of a person, from which the standing is worked out. */
import type { UserName } from "../../kernel/index.ts";
import {
  type BoundLoginRow,
  type Database,
  type IdentityRow,
  listBoundLogins,
  listBoundLoginsOf,
  listGroups,
  listGroupsOf,
  listIdentities,
  listIdentitiesOf,
  listMemberships,
  listStandings,
  type StandingRow,
} from "../../store/index.ts";
import type { ProviderId } from "../port.ts";
import { loginKey } from "../rules/login.ts";

export interface IdentityFacts {
  readonly provider: ProviderId;
  /** As in `Proof`; one that the configuration does not name makes the identity count for nothing. */
  readonly issuer: string;
  readonly subject: string;
  readonly login: string;
  readonly email: string | null;
  readonly groups: readonly string[];
  /** Logins by which rules may mean this account: those bound to it, and its present one unless it is another's. */
  readonly names: readonly string[];
  /** Its present login means nobody yet. */
  readonly unbound: boolean;
  readonly refreshedAt: string;
  /** Why the last look-up failed. */
  readonly problem: string | null;
  /** The provider took it back; what it once said counts for nothing. */
  readonly revoked: boolean;
}

export interface PersonFacts {
  readonly id: number;
  readonly name: UserName;
  readonly byHand: boolean;
  readonly adminByHand: boolean;
  readonly identities: readonly IdentityFacts[];
  /** Groups by hand, sorted. */
  readonly groups: readonly string[];
}

/** What was written down of a person's standing. */
export interface Written {
  readonly facts: PersonFacts;
  readonly admin: boolean;
  readonly suspended: string | null;
}

/** All there is to know of everybody. */
export interface AllFacts {
  readonly people: readonly Written[];
  /** Ids of groups that have a row, by name. */
  readonly groups: ReadonlyMap<string, number>;
}

type AboutIdentity = Pick<
  IdentityRow,
  "provider" | "issuer" | "subject" | "login" | "email" | "groups" | "refreshedAt" | "problem"
>;

/** @param bound everything that is bound to this account, or binds its login to another */
export function identityFacts(row: AboutIdentity, revoked: boolean, bound: readonly BoundLoginRow[]): IdentityFacts {
  const login = loginKey(row.login);
  const names = bound.filter((one) => one.subject === row.subject).map((one) => one.login);
  const unbound = login !== undefined && !bound.some((one) => one.login === login);
  return {
    provider: row.provider,
    issuer: row.issuer,
    subject: row.subject,
    login: row.login,
    email: row.email,
    groups: row.groups,
    names: unbound ? [...names, login] : names,
    unbound,
    refreshedAt: row.refreshedAt,
    problem: row.problem,
    revoked,
  };
}

/** What is known of one person. */
export async function loadFacts(db: Database, row: StandingRow): Promise<PersonFacts> {
  const identities: IdentityFacts[] = [];
  for (const identity of await listIdentitiesOf(db, row.id)) {
    identities.push(identityFacts(identity, isRevoked(identity), await boundTo(db, identity)));
  }
  return factsOf(
    row,
    identities,
    (await listGroupsOf(db, row.id)).map((group) => group.name),
  );
}

export async function boundTo(
  db: Database,
  { provider, issuer, subject, login }: Pick<IdentityRow, "provider" | "issuer" | "subject" | "login">,
): Promise<BoundLoginRow[]> {
  // A login without a plain form is bound to nobody; the raw one finds nothing either.
  return listBoundLoginsOf(db, { provider, issuer }, { subject, login: loginKey(login) ?? login });
}

/** Reads everything, in a handful of queries whatever the number of people. */
export async function loadAllFacts(db: Database): Promise<AllFacts> {
  const rows = await listStandings(db);
  const groups = new Map((await listGroups(db)).map((group) => [group.name, group.id]));
  const names = new Map([...groups].map(([name, id]) => [id, name]));
  const byHand = new Map<number, string[]>();
  for (const { groupId, userId } of await listMemberships(db)) {
    const name = names.get(groupId);
    if (name !== undefined) push(byHand, userId, name);
  }
  const bound = new Map<string, BoundLoginRow[]>();
  for (const row of await listBoundLogins(db)) {
    push(bound, `${row.provider}\0${row.issuer}\0=${row.login}`, row);
    push(bound, `${row.provider}\0${row.issuer}\0#${row.subject}`, row);
  }
  const identities = new Map<number, IdentityFacts[]>();
  for (const row of await listIdentities(db)) {
    const { provider, issuer, subject, login } = row;
    const own = bound.get(`${provider}\0${issuer}\0#${subject}`) ?? [];
    const others = bound.get(`${provider}\0${issuer}\0=${loginKey(login) ?? login}`) ?? [];
    push(identities, row.userId, identityFacts(row, isRevoked(row), [...new Set([...own, ...others])]));
  }
  return {
    groups,
    people: rows.map((row) => ({
      facts: factsOf(row, identities.get(row.id) ?? [], byHand.get(row.id) ?? []),
      admin: row.admin === 1,
      suspended: row.suspended,
    })),
  };
}

/** Of those with a problem, revoked ones have lost their credential and everything it told. */
function isRevoked(row: IdentityRow): boolean {
  return row.problem !== null && row.credential === null;
}

function factsOf(row: StandingRow, identities: readonly IdentityFacts[], groups: readonly string[]): PersonFacts {
  return {
    id: row.id,
    // Names are normalised before they are stored.
    name: row.name as UserName,
    byHand: row.by_hand === 1,
    adminByHand: row.admin_by_hand === 1,
    identities,
    groups: [...groups].sort(),
  };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [value]);
  else found.push(value);
}
