/** Signing in with a name and a password. */
import { HubError, possibleName } from "../../kernel/index.ts";
import { type Person, personOf } from "../../people/index.ts";
import { findUser, findUserById, inTransaction } from "../../store/index.ts";
import { noSuchPerson, requirePasswords, type SignInContext } from "../context.ts";
import { dummyTakes, enterAsDummy } from "../dummy/method.ts";
import { outcomeOf } from "../outcome.ts";
import type { PasswordChange, PasswordOutcome, PasswordSignIn, SignIn } from "../port.ts";
import { acceptImported } from "./imported.ts";
import { acceptPassword } from "./policy.ts";
import { prove, proveOrTake } from "./prove.ts";
import { replacePassword } from "./replace.ts";

/** Where a password set on the server itself comes from, for the queue of hashes. */
const LOCAL = "127.0.0.1";

export function createPasswordMethod(
  context: SignInContext,
): Pick<SignIn, "withPassword" | "changePassword" | "setPassword" | "importPassword"> {
  return {
    withPassword: (attempt) => signIn(context, attempt),
    changePassword: (change) => changePassword(context, change),
    setPassword: (name, password) => setPassword(context, name, password),
    importPassword: (name, hash) => importPassword(context, name, hash),
  };
}

/** Every way to fail takes the same steps, so that neither words nor time tell whether the name exists. */
async function signIn(context: SignInContext, typed: PasswordSignIn): Promise<PasswordOutcome> {
  const { passwords, dummy } = context.settings();
  if (dummy === undefined) requirePasswords(context);
  const name = possibleName(typed.name);
  const attempt = await context.limits.begin({ name, address: typed.address });
  if (name !== undefined && dummyTakes(context, typed.password)) return enterAsDummy(context, { name, attempt });
  if (!passwords) throw refused(context, typed);
  const row = await proveOrTake(context, { ...typed, name, attempt });
  if (row === undefined) throw refused(context, typed);
  return outcomeOf(context, { row, attempt, address: typed.address });
}

/** The same for whatever was wrong: it depends on nothing but the configuration and what was typed. */
function refused(context: SignInContext, { name, password }: PasswordSignIn): HubError {
  const { passwords, firstUse, minimumPasswordLength } = context.settings();
  const wrong = "Name or password is wrong. Check both.";
  const help =
    "If you have not set a password yet, use your claim link; if you have neither, ask an admin of this hub for a new one.";
  if (!passwords) return new HubError("sign-in-refused", wrong);
  if (firstUse === "open") {
    try {
      acceptPassword(password, { name: possibleName(name) ?? name, minimum: minimumPasswordLength });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return new HubError("sign-in-refused", `${wrong} If you are choosing your first password: ${error.message}`);
    }
  }
  return new HubError("sign-in-refused", `${wrong} ${help}`);
}

async function changePassword(context: SignInContext, change: PasswordChange): Promise<Person> {
  requirePasswords(context);
  const { name: raw, current, next, address, keepSessionHash } = change;
  const name = possibleName(raw);
  const attempt = await context.limits.begin({ name, address });
  const row = await prove(context, { name, password: current, address, attempt });
  if (row === undefined) {
    throw new HubError(
      "sign-in-refused",
      "The current password is wrong. Type it again, or ask an admin for a claim link.",
    );
  }
  // Not `succeed`: whoever has a second factor is not let in by the password alone, so it clears no other failures.
  await attempt.withdraw();
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

async function importPassword(context: SignInContext, raw: string, hash: string): Promise<void> {
  requirePasswords(context);
  const accepted = acceptImported(hash);
  const name = possibleName(raw);
  const row = name === undefined ? undefined : await findUser(context.store.db, name);
  if (row === undefined) throw noSuchPerson(raw);
  await inTransaction(context.store.db, (db) => replacePassword(db, context, row.id, { hash: accepted }));
}

async function setPassword(context: SignInContext, raw: string, password: string): Promise<Person> {
  requirePasswords(context);
  const name = possibleName(raw);
  const row = name === undefined ? undefined : await findUser(context.store.db, name);
  if (row === undefined) throw noSuchPerson(raw);
  const normal = acceptPassword(password, { name: row.name, minimum: context.settings().minimumPasswordLength });
  const hash = await context.hashing.hash(normal, LOCAL);
  const changed = await inTransaction(context.store.db, (db) => replacePassword(db, context, row.id, { hash }));
  if (changed === undefined) throw noSuchPerson(raw);
  return personOf(changed);
}
