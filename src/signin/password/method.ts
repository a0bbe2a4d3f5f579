/** Signing in with a name and a password. */
import { HubError } from "../../kernel/index.ts";
import { type Person, personOf } from "../../people/index.ts";
import { findUser, findUserById, inTransaction, type UserRow } from "../../store/index.ts";
import { nameOf, replacePassword, type SignInContext } from "../context.ts";
import type { Attempt } from "../limits.ts";
import type { PasswordChange, PasswordSignIn, SignIn } from "../port.ts";
import { acceptPassword, normalPassword } from "./policy.ts";

/** Where a password set on the server itself comes from, for the queue of hashes. */
const LOCAL = "127.0.0.1";

export function createPasswordMethod(
  context: SignInContext,
): Pick<SignIn, "withPassword" | "changePassword" | "setPassword"> {
  return {
    withPassword: (attempt) => signIn(context, attempt),
    changePassword: (change) => changePassword(context, change),
    setPassword: (name, password) => setPassword(context, name, password),
  };
}

/** Every way to fail takes the same steps, so that neither words nor time tell whether the name exists. */
async function signIn(context: SignInContext, { name, password, address }: PasswordSignIn): Promise<Person> {
  const { row, attempt } = await prove(context, { name, password, address });
  if (row === undefined) {
    throw new HubError(
      "sign-in-refused",
      "Name or password is wrong. Check both. If you have not set a password yet, use your claim link; if you have neither, ask an admin of this hub for a new one.",
    );
  }
  await attempt.succeed(personOf(row).name);
  return personOf(row);
}

async function changePassword(context: SignInContext, change: PasswordChange): Promise<Person> {
  const { name, current, next, address, keepSessionHash } = change;
  const { row, attempt } = await prove(context, { name, password: current, address });
  if (row === undefined) {
    throw new HubError(
      "sign-in-refused",
      "The current password is wrong. Type it again, or ask an admin for a claim link.",
    );
  }
  await attempt.succeed(personOf(row).name);
  const normal = acceptPassword(next, { name: row.name, minimum: context.settings().minimumPasswordLength });
  const hash = await context.hashing.hash(normal, address);
  const changed = await inTransaction(context.store.db, async (db) => {
    const now = await findUserById(db, row.id);
    if (now === undefined || now.password_hash !== row.password_hash) {
      throw new HubError(
        "conflict",
        "The password was changed elsewhere at the same moment. Sign in with the new one.",
      );
    }
    return replacePassword(db, context, row.id, { hash, keep: keepSessionHash });
  });
  return personOf(changed ?? row);
}

async function setPassword(context: SignInContext, raw: string, password: string): Promise<Person> {
  const name = nameOf(raw);
  const row = name === undefined ? undefined : await findUser(context.store.db, name);
  if (row === undefined) throw noSuchPerson(raw);
  const normal = acceptPassword(password, { name: row.name, minimum: context.settings().minimumPasswordLength });
  const hash = await context.hashing.hash(normal, LOCAL);
  const changed = await inTransaction(context.store.db, (db) => replacePassword(db, context, row.id, { hash }));
  if (changed === undefined) throw noSuchPerson(raw);
  return personOf(changed);
}

/** The person's row when name and password belong together, and the attempt, which counts as failed until it is told. */
async function prove(
  { store, limits, hashing }: SignInContext,
  { name: raw, password, address }: PasswordSignIn,
): Promise<{ row: UserRow | undefined; attempt: Attempt }> {
  const name = nameOf(raw);
  const attempt = await limits.begin({ name, address });
  const normal = normalPassword(password);
  if (normal === undefined) return { row: undefined, attempt };
  const row = name === undefined ? undefined : await findUser(store.db, name);
  let right: boolean;
  try {
    right = await hashing.verify(row?.password_hash ?? null, normal, address);
  } catch (error) {
    await attempt.withdraw();
    throw error;
  }
  if (!right || row === undefined) return { row: undefined, attempt };
  // The password may have been replaced while it was being checked.
  const now = await findUserById(store.db, row.id);
  return { row: now?.password_hash === row.password_hash ? now : undefined, attempt };
}

function noSuchPerson(name: string): HubError {
  return new HubError("not-found", `There is no person called “${name.slice(0, 80)}” on this hub. Check the name.`);
}
