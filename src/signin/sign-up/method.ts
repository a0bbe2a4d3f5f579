/**
 * Asking for an account. Every request is kept as it came, also of a name that is taken or asked for already: the
 * answer, its time and its traces are the same, so nobody learns names by asking, and nobody's password is replaced by
 * a later stranger's. An admin sees where each came from; approving one refuses the others of that name.
 */
import type { SignUpView } from "../../contract/index.ts";
import { HubError, isoTime, userName } from "../../kernel/index.ts";
import { type Person, personOf } from "../../people/index.ts";
import {
  changeUser,
  countSignUps,
  deleteSignUp,
  deleteSignUpsOf,
  findSignUp,
  findUser,
  insertSignUp,
  inTransaction,
  listSignUps,
  purgeSignUps,
} from "../../store/index.ts";
import { requirePasswords, type SignInContext } from "../context.ts";
import { acceptPassword } from "../password/policy.ts";
import type { SignUps } from "../port.ts";

/** Milliseconds. */
const KEPT_FOR = 30 * 24 * 3_600_000;
const MOST_WAITING = 500;
const LONGEST_NOTE = 500;

export function createSignUps(context: SignInContext): SignUps {
  const { db } = context.store;
  return {
    signUp: (request) => signUp(context, request),
    listSignUps: async () => {
      await purge(context);
      return (await listSignUps(db)).map(({ id, name, note, address, created }): SignUpView => {
        return { id, name, note, address, created };
      });
    },
    approveSignUp: (id) => approve(context, id),
    refuseSignUp: async (id) => {
      if (!(await deleteSignUp(db, id))) throw noSuchRequest();
    },
  };
}

async function signUp(
  context: SignInContext,
  { name: raw, password, note, address }: Parameters<SignUps["signUp"]>[0],
): Promise<void> {
  const { settings, limits, hashing, store, clock } = context;
  requirePasswords(context);
  if (settings().signUp === "off") {
    throw new HubError("forbidden", "Nobody can ask for an account on this hub. Ask an admin to add you.");
  }
  const name = userName(raw);
  const normal = acceptPassword(password, { name, minimum: settings().minimumPasswordLength });
  await limits.request(address);
  await purge(context);
  const hash = await hashing.hash(normal, address);
  const kept = await inTransaction(store.db, async (db) => {
    if ((await countSignUps(db)) >= MOST_WAITING) return false;
    await insertSignUp(db, {
      name,
      password_hash: hash,
      note: note.replace(/\p{C}/gu, " ").trim().slice(0, LONGEST_NOTE),
      address,
      created: isoTime(clock.now()),
    });
    return true;
  });
  if (!kept) {
    const message = "Too many people wait for an account on this hub. Try again when an admin has answered them.";
    throw new HubError("too-many-attempts", message, { facts: { retryAfter: 3600 } });
  }
  context.log.info({ user: name, address }, "somebody asks for an account");
}

async function approve(context: SignInContext, id: number): Promise<Person> {
  const { store, people } = context;
  requirePasswords(context);
  const request = await findSignUp(store.db, id);
  if (request === undefined) throw noSuchRequest();
  // Whoever the configuration means by this name, also as a group's member, it is not whoever happens to ask.
  if (people.isMeant(userName(request.name))) {
    throw taken(
      request.name,
      "the configuration names it. Refuse this request; if it is that person, add them and give them a claim link",
    );
  }
  const { added } = await people.add([request.name]);
  const [fresh] = added;
  if (fresh === undefined) throw taken(request.name, "there is a person of that name. Refuse this request");
  const row = await inTransaction(store.db, async (db) => {
    await deleteSignUpsOf(db, request.name);
    const now = await findUser(db, request.name);
    if (now === undefined || now.id !== fresh.id || now.password_hash !== null) return now;
    return changeUser(db, now.id, { password_hash: request.password_hash });
  });
  if (row === undefined) throw noSuchRequest();
  context.log.info({ user: row.name }, "sign-up approved");
  return personOf(row);
}

async function purge({ store, clock }: SignInContext): Promise<void> {
  await purgeSignUps(store.db, isoTime(clock.now() - KEPT_FOR));
}

function taken(name: string, why: string): HubError {
  return new HubError("conflict", `“${name}” cannot be added: ${why}.`);
}

function noSuchRequest(): HubError {
  return new HubError("not-found", "This request is not there any more: it was answered already, or is too old.");
}
