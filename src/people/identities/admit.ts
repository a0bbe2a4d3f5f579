/** Lets in somebody whom a provider vouches for, or refuses. */
import { type HubError, isoTime, possibleName, randomHex, type UserName } from "../../kernel/index.ts";
import {
  type Database,
  findIdentity,
  findUser,
  findUserById,
  insertUsers,
  inTransaction,
  upsertIdentity,
} from "../../store/index.ts";
import { type Person, personOf } from "../person.ts";
import type { Proof } from "../port.ts";
import type { PeopleRoom } from "../room.ts";
import { loginKey } from "../rules/login.ts";
import type { ProviderRules } from "../rules/providers.ts";
import type { Rules } from "../rules/rules.ts";
import { boundTo, type IdentityFacts, identityFacts, loadFacts, type PersonFacts } from "../standing/facts.ts";
import { remember, restand, type Stood } from "../standing/restand.ts";
import { entryCauses, namesHubName, namesPersonOf } from "../standing/standing.ts";
import { noSuchProvider, otherInstanceNow, refusalOf, unusableLogin } from "./refusal.ts";

/** Names with a number behind them that are tried for one login. */
const NUMBERS = 10_000;

type Decision =
  | { readonly kind: "in"; readonly stood: Stood }
  /** `stood` when the person was there and is suspended now. */
  | { readonly kind: "refused"; readonly error: HubError; readonly stood?: Stood };

export async function admit(room: PeopleRoom, proof: Proof): Promise<Person> {
  return room.alone(async () => {
    const rules = room.rules();
    const now = isoTime(room.clock.now());
    const decision = await inTransaction(room.store.db, (db) => decide(db, rules, proof, now));
    if (decision.stood !== undefined) remember(room, decision.stood);
    // Thrown only here: what a refusal takes away is to stay taken.
    if (decision.kind === "refused") throw decision.error;
    return personOf(decision.stood.row);
  });
}

async function decide(db: Database, rules: Rules, proof: Proof, now: string): Promise<Decision> {
  const provider = rules.providers.get(proof.provider);
  if (provider === undefined) return { kind: "refused", error: noSuchProvider(proof) };
  // Asked by a configuration that was swapped meanwhile: its people are not those of the new one.
  if (rules.providerOf(proof) === undefined) return { kind: "refused", error: otherInstanceNow(proof, provider) };
  const known = await findIdentity(db, proof, proof.subject);
  const identity = identityFacts({ ...proof, refreshedAt: now, problem: null }, false, await boundTo(db, proof));
  if (known !== undefined) return again(db, rules, proof, { userId: known.userId, identity, provider, now });
  return forTheFirstTime(db, rules, proof, { identity, provider, now });
}

interface Asked {
  readonly identity: IdentityFacts;
  readonly provider: ProviderRules;
  readonly now: string;
}

/** Somebody who was here before: known by the id at this instance of the provider, whatever the login is now. */
async function again(
  db: Database,
  rules: Rules,
  proof: Proof,
  { userId, provider, now }: Asked & { readonly userId: number },
): Promise<Decision> {
  await storeIdentity(db, userId, proof, now);
  const row = await findUserById(db, userId);
  if (row === undefined) throw new Error(`the person ${userId} vanished within a transaction`);
  const stood = await restand(db, rules, row);
  if (stood.standing.suspended === null) return { kind: "in", stood };
  return { kind: "refused", error: refusalOf(stood.facts, rules, provider, proof), stood };
}

async function forTheFirstTime(db: Database, rules: Rules, proof: Proof, asked: Asked): Promise<Decision> {
  const { identity, provider, now } = asked;
  const wanted = possibleName(proof.login);
  if (wanted === undefined || loginKey(proof.login) === undefined) {
    return { kind: "refused", error: unusableLogin(proof, provider) };
  }
  const owner = await ownerFor(db, rules, wanted, asked);
  const facts = owner ?? stranger(await freeName(db, rules, wanted, identity), identity);
  if (entryCauses(facts, rules).next().done === true) {
    return { kind: "refused", error: refusalOf(facts, rules, provider, proof) };
  }
  if (owner === undefined) {
    await insertUsers(db, [{ name: facts.name, admin: false, byHand: false, created: now, cookieId: randomHex() }]);
  }
  const row = await findUser(db, facts.name);
  if (row === undefined) throw new Error(`${facts.name} vanished within a transaction`);
  await storeIdentity(db, row.id, proof, now);
  return { kind: "in", stood: await restand(db, rules, row) };
}

/**
 * The person of that name who has no way to sign in yet, if a rule names this very login, and it was never another
 * account's. Without such a rule the name alone proves nothing: anybody may register it there. Nor is it theirs who has
 * an identity of another instance: nobody knows whether the two are one.
 */
async function ownerFor(
  db: Database,
  rules: Rules,
  name: UserName,
  { identity, provider }: Asked,
): Promise<PersonFacts | undefined> {
  const row = await findUser(db, name);
  if (row === undefined || row.password_hash !== null) return undefined;
  const named =
    (rules.declared(name) !== undefined && namesPersonOf(provider.id, name, rules)) ||
    identity.names.some((login) => login === name && (provider.users.has(login) || provider.adminUsers.has(login)));
  if (!named || !ownsName(identity, name)) return undefined;
  const facts = await loadFacts(db, row);
  return facts.identities.length > 0 ? undefined : { ...facts, identities: [identity] };
}

/** Whether the login that makes this name is still this account's, as far as rules have ever spoken of it. */
function ownsName(identity: IdentityFacts, name: UserName): boolean {
  return identity.names.includes(name);
}

function stranger(name: UserName, identity: IdentityFacts): PersonFacts {
  return { id: 0, name, byHand: false, adminByHand: false, identities: [identity], groups: [] };
}

/**
 * The login, or the login with a number behind it when that name is somebody else's, or would give what rules mean for
 * somebody else.
 */
async function freeName(db: Database, rules: Rules, wanted: UserName, identity: IdentityFacts): Promise<UserName> {
  const meant =
    !namesHubName({ name: wanted }, rules) ||
    (ownsName(identity, wanted) && namesPersonOf(identity.provider, wanted, rules));
  if (meant && (await findUser(db, wanted)) === undefined) return wanted;
  for (let number = 2; number < NUMBERS; number += 1) {
    const end = `-${number}`;
    const name = possibleName(wanted.slice(0, 64 - end.length).trimEnd() + end);
    if (name === undefined || namesHubName({ name }, rules)) continue;
    if ((await findUser(db, name)) === undefined) return name;
  }
  throw new Error(`every name made of ${wanted} is taken`);
}

async function storeIdentity(db: Database, userId: number, proof: Proof, now: string): Promise<void> {
  const { provider, issuer, subject, login, email, groups, credential } = proof;
  await upsertIdentity(db, {
    userId,
    provider,
    issuer,
    subject,
    login,
    email,
    groups: [...new Set(groups)].sort(),
    credential,
    refreshedAt: now,
    problem: null,
  });
}
