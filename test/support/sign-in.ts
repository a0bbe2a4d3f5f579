/** People and sign-in on a real database, with a clock that stands still. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { TOTP, URI } from "otpauth";
import { snapshotFromText } from "../../src/config/index.ts";
import { HubError, Secret } from "../../src/kernel/index.ts";
import { createPeople, type Person } from "../../src/people/index.ts";
import { createSignIn, type PasswordOutcome } from "../../src/signin/index.ts";
import { type Store, upsertIdentity } from "../../src/store/index.ts";
import type { OpenDatabase } from "./databases.ts";
import { type HeldClock, heldClock } from "./held-clock.ts";

export const GOOD = "correct horse battery";
export const HOME = "192.0.2.1";

export interface SignInHubOptions {
  /** The whole configuration, as text. Default: all defaults. */
  readonly yaml?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Path of a passwd file, for `people.hostAccounts`. */
  readonly accounts?: string;
  /** Default: one of its own; providers that run here need the time of this computer. */
  readonly clock?: HeldClock;
}

export async function signInHub(t: TestContext, open: OpenDatabase, options: SignInHubOptions = {}) {
  return signInOn(await open(t), options);
}

/** The same, on a database that is open already. */
export async function signInOn(store: Store, options: SignInHubOptions = {}) {
  const { yaml = "", secrets = {}, clock = heldClock(), accounts } = options;
  const read = (text: string) => snapshotFromText(text, { secrets, ...(accounts === undefined ? {} : { accounts }) });
  let snapshot = read(yaml);
  const log: { readonly level: string; readonly facts: object; readonly message: string }[] = [];
  const note = (level: string) => (facts: object, message: string) => void log.push({ level, facts, message });
  const logger = { info: note("info"), warn: note("warn"), error: note("error") };
  const people = createPeople({ store, clock, snapshot: () => snapshot, log: logger });
  await people.applyConfiguration();
  /** As after a restart: nothing is left but the database. */
  const restarted = () =>
    createSignIn({ store, clock, people, snapshot: () => snapshot, key: new Secret("hub-key"), log: logger });
  const signIn = restarted();
  return {
    store,
    clock,
    people,
    signIn,
    restarted,
    log,
    /** Another configuration holds from now on, as after a change of its files. */
    configure: async (text: string) => {
      snapshot = read(text);
      await people.applyConfiguration();
    },
    /** The same, but the people room has not heard of it yet. */
    configureOnly: (text: string) => {
      snapshot = read(text);
    },
    /** Adds a person with a password. */
    member: async (name: string, password = GOOD) => {
      await people.add([name]);
      return signIn.setPassword(name, password);
    },
    /** As the people room does when no rule lets a person in any more. */
    suspend: async (name: string, reason: string) => {
      await store.db.updateTable("users").set({ suspended: reason }).where("name", "=", name).execute();
    },
    /** Gives a person an identity at GitHub. */
    identify: async (name: string, subject = "4711") => {
      const { id } = await people.require(name);
      const refreshedAt = new Date(clock.now()).toISOString();
      const known = { login: name, email: null, groups: [], credential: null, refreshedAt, problem: null };
      await upsertIdentity(store.db, {
        userId: id,
        provider: "github",
        issuer: "https://github.com",
        subject,
        ...known,
      });
    },
    /** Sets up a second factor; says how its app makes codes (for `at` in milliseconds), and the recovery codes. */
    factor: async (name: string, password = GOOD) => {
      const { uri } = await signIn.beginSecondFactor(name, { password, address: HOME });
      const code = appOf(uri);
      const recovery = await signIn.confirmSecondFactor(name, { code: code(clock.now()), address: HOME });
      clock.pass(30_000);
      return { code: (at = clock.now()) => code(at), recovery };
    },
    /** Fails to sign in so many times; says how often it was refused, and how often held off. */
    fail: async (times: number, attempt: { name: string; address: string }) => {
      const outcomes = { refused: 0, held: 0 };
      for (let i = 0; i < times; i += 1) {
        const error = await rejection(signIn.withPassword({ ...attempt, password: "a wrong password" }));
        if (error.code === "sign-in-refused") outcomes.refused += 1;
        else if (error.code === "too-many-attempts") outcomes.held += 1;
        else throw error;
      }
      return outcomes;
    },
    /** Puts a signed-in browser and its OAuth token into the database; returns the session's hash. */
    browser: async (userId: number, label: string) => {
      const at = "2030-01-01T00:00:00.000Z";
      const row = { user_id: userId, created: at, expires_at: "2040-01-01T00:00:00.000Z", session_id: `id-${label}` };
      await store.db
        .insertInto("sessions")
        .values({ ...row, hash: `hash-${label}`, user_agent: "", address: HOME })
        .execute();
      const token = { ...row, note: "", scopes: "[]", client_id: "jupyterhub-user-x", hash: `oauth-${label}` };
      await store.db.insertInto("tokens").values(token).execute();
      return `hash-${label}`;
    },
  };
}

/** A person's app: makes the code of a moment (milliseconds since the epoch) from what the QR code says. */
export function appOf(uri: string): (at: number) => string {
  const app = URI.parse(uri);
  assert.ok(app instanceof TOTP);
  return (at) => app.generate({ timestamp: at });
}

/** Who is in; fails when a second factor is asked for. */
export async function entered(outcome: Promise<PasswordOutcome>): Promise<Person> {
  const result = await outcome;
  assert.equal(result.kind, "in");
  assert.ok(result.kind === "in");
  return result.person;
}

/** The ticket that was given; fails when the person is in already. */
export async function ticketOf(
  outcome: Promise<PasswordOutcome>,
  kind: "second-factor" | "set-up-second-factor" = "second-factor",
): Promise<string> {
  const result = await outcome;
  assert.ok(result.kind === kind, `it was ${result.kind}`);
  return result.ticket;
}

/** The HubError that `promise` ends with; fails when it ends otherwise. */
export async function rejection(promise: Promise<unknown>): Promise<HubError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error;
  }
  return assert.fail("it succeeded");
}

/**
 * Fails unless `once` takes as long for each of `names`, within a factor of 1.6. In turns, so that whatever else the
 * machine does meets all alike, and compared by lower quartiles; more rounds when they do not agree yet, since noise
 * evens out and a leak does not (without the hash of nobody an unknown name takes a tenth of the time).
 */
export async function takesAsLong(
  t: TestContext,
  names: readonly string[],
  once: (name: string, at: { readonly index: number; readonly round: number }) => Promise<unknown>,
): Promise<void> {
  const times = names.map((): number[] => []);
  const quartiles = (): number[] =>
    times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 4)] ?? Number.NaN);
  const agree = (): boolean => Math.max(...quartiles()) < Math.min(...quartiles()) * 1.6;
  for (let round = 0; round < 100 && (round < 21 || !agree()); round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const index = (round + turn) % names.length;
      const start = performance.now();
      await once(names[index] ?? "", { index, round });
      times[index]?.push(performance.now() - start);
    }
  }
  const shown = quartiles().map((ms, i) => `${names[i]} ${ms.toFixed(1)} ms`);
  t.diagnostic(shown.join(", "));
  assert.ok(agree(), shown.join(", "));
}
