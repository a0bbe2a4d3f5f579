/** People and sign-in on a real database, with a clock that stands still. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { HubError } from "../../src/kernel/index.ts";
import { createPeople } from "../../src/people/index.ts";
import { createSignIn } from "../../src/signin/index.ts";
import type { OpenDatabase } from "./databases.ts";
import { heldClock } from "./held-clock.ts";

export const GOOD = "correct horse battery";
export const HOME = "192.0.2.1";

export async function signInHub(t: TestContext, open: OpenDatabase) {
  const store = await open(t);
  const clock = heldClock();
  const settings = () => ({ minimumPasswordLength: 10, sessionDays: 14, claimHours: 72 });
  const people = createPeople({ store, clock });
  /** As after a restart: nothing is left but the database. */
  const restarted = () => createSignIn({ store, clock, settings });
  const signIn = restarted();
  return {
    store,
    clock,
    people,
    signIn,
    restarted,
    /** Adds a person with a password. */
    member: async (name: string, password = GOOD) => {
      await people.add([name]);
      return signIn.setPassword(name, password);
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
