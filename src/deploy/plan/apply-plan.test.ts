import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import type { Host } from "../host/port.ts";
import { applyPlan } from "./apply-plan.ts";
import type { Plan, PlannedStep, StepRun } from "./types.ts";

/** Nothing but the lock of a host is asked for here; what steps do to hosts is tried on real ones. */
function lockable(events: string[]): Host {
  const host: Pick<Host, "name" | "lock"> = {
    name: "lab",
    lock: () => {
      events.push("locked");
      return Promise.resolve({ close: () => Promise.resolve(void events.push("unlocked")) });
    },
  };
  return host as Host;
}

function planOf(...steps: PlannedStep[]): Plan {
  return { steps, notes: [], runningServers: 0 };
}

function step(title: string, run: (run: StepRun) => Promise<void>, disturbs?: string): PlannedStep {
  return { kind: "services", title, diff: [], disturbs, run };
}

test("does the steps in order under the lock, and says which of how many", async () => {
  const events: string[] = [];
  const plan = planOf(
    step("one", ({ note }) => Promise.resolve(note("half"))),
    step("two", () => Promise.resolve()),
  );
  const { done } = await applyPlan({
    host: lockable(events),
    shown: plan,
    plan: () => Promise.resolve(plan),
    signal: new AbortController().signal,
    note: (line) => events.push(line),
  });
  assert.deepEqual(done, ["one", "two"]);
  assert.deepEqual(events, ["locked", "[1/2] services: one", "        half", "[2/2] services: two", "unlocked"]);
});

test("stops between two steps, and gives the lock back", async () => {
  const events: string[] = [];
  const stop = new AbortController();
  const plan = planOf(
    step("one", () => Promise.resolve(stop.abort(new HubError("command-failed", "Stopped.")))),
    step("two", () => Promise.reject(new Error("was done"))),
  );
  await assert.rejects(
    applyPlan({
      host: lockable(events),
      shown: plan,
      plan: () => Promise.resolve(plan),
      signal: stop.signal,
      note: () => undefined,
    }),
    /Stopped/,
  );
  assert.deepEqual(events, ["locked", "unlocked"]);
});

test("does not disturb people in a way that nobody was shown", async () => {
  const shown = planOf(step("start", () => Promise.resolve()));
  const now = planOf(step("restart", () => Promise.reject(new Error("was done")), "Connections of ada break."));
  await assert.rejects(
    applyPlan({
      host: lockable([]),
      shown,
      plan: () => Promise.resolve(now),
      signal: new AbortController().signal,
      note: () => undefined,
    }),
    (error: unknown) => error instanceof HubError && error.code === "conflict" && /ada/.test(error.message),
  );
});
