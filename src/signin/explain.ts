/** What sign-in knows of a person, for `hublet auth explain`: by which ways of its own they get in, and what holds them off. */
import type { Explanation } from "../contract/index.ts";
import { isoTime, possibleName, type UserName } from "../kernel/index.ts";
import { findSecondFactor, findUser, listHeld } from "../store/index.ts";
import type { SignInContext } from "./context.ts";
import { DUMMY_TITLE, PASSWORD_TITLE } from "./form.ts";
import { whyNotOpen } from "./password/first-use.ts";
import { ruleOf } from "./second-factor/rule.ts";

type Method = Explanation["methods"][number];
type Lockout = Explanation["lockouts"][number];

/** Held counters looked through at most. */
const MOST_HELD = 10_000;

/** Also of names that nobody has. */
export async function explainOwn(
  context: SignInContext,
  raw: string,
): Promise<{ readonly methods: readonly Method[]; readonly lockouts: readonly Lockout[] }> {
  const name = possibleName(raw);
  const methods = [await passwordMethod(context, name)];
  if (context.settings().dummy !== undefined) {
    const text = "Anybody gets in by any name: the configuration has signIn.dummy.";
    methods.push({ method: "dummy", title: DUMMY_TITLE, usable: name !== undefined, text });
  }
  return { methods, lockouts: name === undefined ? [] : await lockoutsOf(context, name) };
}

async function passwordMethod(context: SignInContext, name: UserName | undefined): Promise<Method> {
  const say = (usable: boolean, text: string): Method => ({
    method: "password",
    title: PASSWORD_TITLE,
    usable,
    text,
  });
  if (!context.settings().passwords) return say(false, "Passwords are off: signIn.passwords is false.");
  if (name === undefined) return say(false, "Nobody can have this name.");
  const row = await findUser(context.store.db, name);
  if (row !== undefined && row.suspended !== null) return say(false, `May not enter: ${row.suspended}`);
  if (row === undefined || row.password_hash === null) {
    const why = await whyNotOpen(context, name, row);
    if (why === undefined) return say(true, "Has no password yet: the first one that is typed becomes theirs.");
    return say(false, row === undefined ? "There is no such person yet." : `Has no password yet. ${why}`);
  }
  const rule = ruleOf(context, row);
  const active = rule !== "off" && (await findSecondFactor(context.store.db, row.id))?.active === true;
  if (active) return say(true, "Has a password, and a second factor that is asked for after it.");
  if (rule === "required") return say(true, "Has a password; a second factor has to be set up at the next sign-in.");
  return say(true, "Has a password.");
}

async function lockoutsOf({ store, clock, limits }: SignInContext, name: UserName): Promise<Lockout[]> {
  const held = await listHeld(store.db, isoTime(clock.now()), MOST_HELD);
  const lockouts: Lockout[] = [];
  for (const { key, failures, blocked_until: until } of held) {
    const from = key.startsWith(`pair:${name}|`) ? key.slice(`pair:${name}|`.length) : undefined;
    // Of a longer name with a bar in it there is another bar before the address.
    if (from !== undefined && !from.includes("|")) {
      lockouts.push({ key, until, text: `Held off from ${from} after ${failures} failed sign-ins.` });
    }
    if (key === `code:${name}`) {
      const text = `After ${failures} wrong one-time codes, more are taken only from addresses they have signed in from before.`;
      lockouts.push({ key, until, text });
    }
  }
  const siege = await limits.siegeOf(name);
  if (siege !== undefined) {
    const text = `${siege} sign-ins failed within the hour: an address they have not signed in from has 2 attempts before it is held off, others have 5.`;
    lockouts.push({ key: `user:${name}`, until: null, text });
  }
  return lockouts;
}
