/** Do name and password belong together? The same work is done whatever the answer is. */
import { HubError, type UserName } from "../../kernel/index.ts";
import { changeUser, findUser, findUserById, inTransaction, type UserRow } from "../../store/index.ts";
import type { SignInContext } from "../context.ts";
import type { Attempt } from "../limits.ts";
import { firstPassword, takeName } from "./first-use.ts";
import { isImported } from "./imported.ts";
import { normalPassword } from "./policy.ts";

interface Typed {
  /** Undefined: what cannot be a name. */
  readonly name: UserName | undefined;
  readonly password: string;
  readonly address: string;
  /** Begun; it is withdrawn when nothing could be tried, and else left to the caller. */
  readonly attempt: Attempt;
}

/** The person's row when the password is theirs. @throws HubError `too-many-attempts` when the hub is busy */
export async function prove(context: SignInContext, typed: Typed): Promise<UserRow | undefined> {
  const row = typed.name === undefined ? undefined : await findUser(context.store.db, typed.name);
  return check(context, row, typed);
}

/** The same, but a first use makes the password theirs. @throws HubError `too-many-attempts` */
export async function proveOrTake(context: SignInContext, typed: Typed): Promise<UserRow | undefined> {
  const { name, password, address } = typed;
  if (name === undefined) return check(context, undefined, typed);
  const row = await findUser(context.store.db, name);
  const first = await acceptable(() => firstPassword(context, { name, row, password }));
  if (first === undefined) return check(context, row, typed);
  // A hash costs as much as looking one up would, so those who come second at this moment learn nothing.
  const hash = await worked(typed, () => context.hashing.hash(first, address));
  const taken = await takeName(context, name, hash);
  if (taken !== undefined) context.log.info({ user: taken.name, address }, "a first password was chosen");
  return taken;
}

async function check(context: SignInContext, row: UserRow | undefined, typed: Typed): Promise<UserRow | undefined> {
  const { store, hashing } = context;
  const normal = normalPassword(typed.password);
  if (normal === undefined) return undefined;
  const stored = row?.password_hash ?? null;
  const right = await worked(typed, () => hashing.verify(stored, normal, typed.address, typed.password));
  if (!right || row === undefined) return undefined;
  if (stored !== null && isImported(stored)) return hashedAnew(context, row, normal, typed);
  // The password may have been replaced while it was being checked.
  const now = await findUserById(store.db, row.id);
  return now?.password_hash === row.password_hash ? now : undefined;
}

/** The password was right, and its imported hash gives way to one of ours. Of two sign-ins at once one does it. */
async function hashedAnew(
  context: SignInContext,
  row: UserRow,
  normal: string,
  typed: Typed,
): Promise<UserRow | undefined> {
  const hash = await worked(typed, () => context.hashing.hash(normal, typed.address));
  const now = await inTransaction(context.store.db, async (db) => {
    const before = await findUserById(db, row.id);
    return before?.password_hash === row.password_hash ? changeUser(db, row.id, { password_hash: hash }) : before;
  });
  return now === undefined || now.password_hash === hash ? now : check(context, now, typed);
}

/** What the hub was too busy for does not count. */
async function worked<T>({ attempt }: Typed, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await attempt.withdraw();
    throw error;
  }
}

/** A first password that is too weak is a wrong one: saying more would tell whose names are still to be had. */
async function acceptable(ask: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HubError && error.code === "password-too-weak") return undefined;
    throw error;
  }
}
