/** One-time codes: how a person gets a first password, or a new one. */
import { HubError, isoTime, sha256, type UserName, userName } from "../../kernel/index.ts";
import { createPeople, type Person, personOf } from "../../people/index.ts";
import {
  changeUser,
  type Database,
  findClaim,
  findUser,
  findUserById,
  insertUsers,
  inTransaction,
  listAdmins,
  putClaim,
  takeClaim,
  type UserRow,
} from "../../store/index.ts";
import { replacePassword, type SignInContext } from "../context.ts";
import { acceptPassword } from "../password/policy.ts";
import type { Claim, ClaimRequest, SignIn } from "../port.ts";

const HOUR = 3_600_000;

export function createClaimMethod(
  context: SignInContext,
): Pick<SignIn, "issueClaim" | "inspectClaim" | "claim" | "bootstrapAdmin"> {
  const { store, clock } = context;
  const people = createPeople({ store, clock });
  return {
    issueClaim: async (name) => issue(store.db, context, await people.require(name)),
    inspectClaim: async (code) => {
      const found = await findClaim(store.db, hashOf(code), isoTime(clock.now()));
      const person = found === undefined ? undefined : await people.byId(found.user_id);
      return person === undefined ? undefined : { name: person.name };
    },
    claim: (request) => useClaim(context, request),
    bootstrapAdmin: async (name) => bootstrapAdmin(context, userName(name)),
  };
}

async function issue(db: Database, { clock, settings, random }: SignInContext, person: Person): Promise<Claim> {
  const code = random.code();
  const now = clock.now();
  const expiresAt = isoTime(now + settings().claimHours * HOUR);
  await putClaim(db, { user_id: person.id, code_hash: hashOf(code), created: isoTime(now), expires_at: expiresAt });
  return { name: person.name, code, expiresAt };
}

async function useClaim(context: SignInContext, { code, password, address }: ClaimRequest): Promise<Person> {
  const { store, clock, settings, limits, hashing } = context;
  const attempt = await limits.begin({ name: undefined, address });
  const codeHash = hashOf(code);
  const found = await findClaim(store.db, codeHash, isoTime(clock.now()));
  const owner = found === undefined ? undefined : await findUserById(store.db, found.user_id);
  if (owner === undefined) throw invalid();
  // The costly step comes after the code, and the code is used up after the costly step: neither a wrong code nor a
  // weak password wastes anything.
  let hash: string;
  try {
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
  const person = personOf(claimed);
  await attempt.succeed(person.name);
  return person;
}

async function bootstrapAdmin(context: SignInContext, name: UserName): Promise<Claim | undefined> {
  const now = isoTime(context.clock.now());
  return inTransaction(context.store.db, async (db) => {
    const admins = await listAdmins(db);
    if (admins.some((admin) => admin.password_hash !== null)) return undefined;
    const admin = admins.find((row) => row.name === name) ?? admins[0] ?? (await firstAdmin(db, context, name, now));
    // A person who was promoted just now may have a password already.
    return admin.password_hash === null ? issue(db, context, personOf(admin)) : undefined;
  });
}

async function firstAdmin(db: Database, { random }: SignInContext, name: UserName, now: string): Promise<UserRow> {
  const [added] = await insertUsers(db, [{ name, admin: true, created: now, cookieId: random.hex() }]);
  if (added !== undefined) return added;
  const found = await findUser(db, name);
  const row = found === undefined ? undefined : await changeUser(db, found.id, { admin: 1 });
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
