/** One-time codes: how a person gets a first password, or a new one. */
import { HubError, isoTime, sha256, type UserName, userName } from "../../kernel/index.ts";
import { configuredIssuer, type Person, personOf } from "../../people/index.ts";
import {
  changeUser,
  type Database,
  findClaim,
  findUser,
  findUserById,
  findUsers,
  insertUsers,
  inTransaction,
  listAdmins,
  listIdentitiesOf,
  putClaims,
  takeClaim,
  type UserRow,
} from "../../store/index.ts";
import { noSuchPerson, requirePasswords, type SignInContext } from "../context.ts";
import { outcomeOf, suspended } from "../outcome.ts";
import { acceptPassword } from "../password/policy.ts";
import { replacePassword } from "../password/replace.ts";
import type { Claim, ClaimRequest, PasswordOutcome, SignIn } from "../port.ts";

const HOUR = 3_600_000;

export function createClaimMethod(
  context: SignInContext,
): Pick<SignIn, "issueClaim" | "issueClaims" | "inspectClaim" | "claim" | "bootstrapAdmin"> {
  const { store, clock, people } = context;
  return {
    issueClaim: async (name) => {
      requirePasswords(context);
      return one(await issue(store.db, context, [await people.require(name)]));
    },
    issueClaims: async (names) => {
      requirePasswords(context);
      const wanted = names.map(userName);
      const rows = new Map((await findUsers(store.db, wanted)).map((row) => [row.name, row]));
      const persons = wanted.map((name) => {
        const row = rows.get(name);
        if (row === undefined) throw noSuchPerson(name);
        return personOf(row);
      });
      return issue(store.db, context, persons);
    },
    inspectClaim: async (code) => {
      if (!context.settings().passwords) return undefined;
      const found = await findClaim(store.db, hashOf(code), isoTime(clock.now()));
      const person = found === undefined ? undefined : await people.byId(found.user_id);
      return person === undefined ? undefined : { name: person.name };
    },
    claim: (request) => useClaim(context, request),
    bootstrapAdmin: async (name) => bootstrapAdmin(context, userName(name)),
  };
}

async function issue(
  db: Database,
  { clock, settings, random }: SignInContext,
  persons: readonly Person[],
): Promise<Claim[]> {
  const now = clock.now();
  const created = isoTime(now);
  const expiresAt = isoTime(now + settings().claimHours * HOUR);
  const claims = persons.map(({ id, name }) => ({ id, name, code: random.code() }));
  await putClaims(
    db,
    claims.map(({ id, code }) => ({ user_id: id, code_hash: hashOf(code), created, expires_at: expiresAt })),
  );
  return claims.map(({ name, code }) => ({ name, code, expiresAt }));
}

function one(claims: readonly Claim[]): Claim {
  const [claim] = claims;
  if (claim === undefined) throw new Error("a claim was lost");
  return claim;
}

async function useClaim(context: SignInContext, { code, password, address }: ClaimRequest): Promise<PasswordOutcome> {
  const { store, clock, settings, limits, hashing } = context;
  requirePasswords(context);
  const attempt = await limits.begin({ name: undefined, address });
  const codeHash = hashOf(code);
  const found = await findClaim(store.db, codeHash, isoTime(clock.now()));
  const owner = found === undefined ? undefined : await findUserById(store.db, found.user_id);
  if (owner === undefined) throw invalid();
  // The costly step comes after the code, and the code is used up after the costly step: neither a wrong code nor a
  // weak password wastes anything.
  let hash: string;
  try {
    if (owner.suspended !== null) throw suspended(owner.suspended);
    const normal = acceptPassword(password, { name: owner.name, minimum: settings().minimumPasswordLength });
    hash = await hashing.hash(normal, address);
  } catch (error) {
    await attempt.withdraw();
    throw error;
  }
  const claimed = await inTransaction(store.db, async (db) => {
    const taken = await takeClaim(db, codeHash, isoTime(clock.now()));
    return taken === undefined ? undefined : replacePassword(db, context, taken.user_id, { hash });
  });
  if (claimed === undefined) throw invalid();
  return outcomeOf(context, { row: claimed, attempt, address });
}

async function bootstrapAdmin(context: SignInContext, name: UserName): Promise<Claim | undefined> {
  // Nobody could use the link; who is an admin is up to the configuration then.
  if (!context.settings().passwords) return undefined;
  const { claim, fresh } = await inTransaction(context.store.db, async (db) => {
    const admins = await adminsWithoutWay(db, context);
    if (admins === undefined) return { claim: undefined, fresh: false };
    const known = admins.find((row) => row.name === name) ?? admins[0];
    const admin = known ?? (await firstAdmin(db, context, name));
    // A person who was promoted just now may have a password already.
    const claim = admin.password_hash === null ? one(await issue(db, context, [personOf(admin)])) : undefined;
    return { claim, fresh: known === undefined };
  });
  // The people room has yet to hear of the new row. It is not its own `add`: of two hubs one makes the admin.
  if (fresh) await context.people.applyConfiguration();
  return claim;
}

/** Admins who may enter and have no way to; undefined as soon as one of them has one. */
async function adminsWithoutWay(db: Database, { settings }: SignInContext): Promise<UserRow[] | undefined> {
  const signIn = settings();
  const admins = (await listAdmins(db)).filter((row) => row.suspended === null);
  for (const admin of admins) {
    if (admin.password_hash !== null) return undefined;
    // An identity of GitHub or the like is a way in too: a link at each start would be a second one. As for the last
    // admin who stays, it is none at an instance that the configuration does not name any more.
    const identities = await listIdentitiesOf(db, admin.id);
    if (identities.some(({ provider, issuer }) => configuredIssuer(signIn, provider) === issuer)) return undefined;
  }
  return admins;
}

async function firstAdmin(db: Database, { random, clock }: SignInContext, name: UserName): Promise<UserRow> {
  const created = isoTime(clock.now());
  const [added] = await insertUsers(db, [{ name, admin: true, byHand: true, created, cookieId: random.hex() }]);
  if (added !== undefined) return added;
  const found = await findUser(db, name);
  const byHand = { admin: 1, admin_by_hand: 1, by_hand: 1, suspended: null };
  const row = found === undefined ? undefined : await changeUser(db, found.id, byHand);
  if (row === undefined) throw new Error(`${name} vanished within a transaction`);
  return row;
}

/** Codes may be typed from paper: case, spaces and dashes do not matter. */
function hashOf(code: string): string {
  return sha256(code.slice(0, 256).toLowerCase().replace(/[\s-]/g, ""));
}

function invalid(): HubError {
  return new HubError(
    "claim-invalid",
    "This claim link does not work: it was used already, has expired, or was replaced by a newer one. Ask an admin of this hub for a new one.",
  );
}
