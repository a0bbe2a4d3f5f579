import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerEvent, ServerState, StartStep } from "../../../src/contract/index.ts";
import { foldStart, withEvent } from "./timeline.ts";

function event(id: number, state: ServerState, step: StartStep | null, more: Partial<ServerEvent> = {}): ServerEvent {
  const at = new Date(Date.UTC(2026, 10, 21, 12, 0, id)).toISOString();
  return {
    id,
    at,
    state,
    step,
    message: `m${id}`,
    progress: id * 10,
    bytesDone: null,
    bytesTotal: null,
    failure: null,
    ...more,
  };
}

/** Later than all events: says nothing about a step that has its own. */
const SINCE = "2026-11-21T13:00:00Z";

const START = [
  event(1, "queued", null),
  event(2, "preparing", "home"),
  event(3, "pulling", "image", { bytesDone: 10, bytesTotal: 100 }),
  event(4, "pulling", "image", { bytesDone: 60, bytesTotal: 100 }),
];

function statuses(state: ServerState, events: readonly ServerEvent[]): string {
  return foldStart({ state, since: SINCE }, events)
    .steps.map(({ step, status }) => `${step}:${status}`)
    .join(" ");
}

test("steps before the current one are done, those after it wait", () => {
  assert.equal(statuses("pulling", START), "home:done image:active container:waiting jupyter:waiting address:waiting");
  const view = foldStart({ state: "pulling", since: SINCE }, START);
  assert.equal(view.progress, 40);
  assert.equal(view.began, START[0]?.at);
  assert.deepEqual([view.current?.step, view.current?.bytesDone, view.current?.bytesTotal], ["image", 60, 100]);
  assert.equal(view.current?.began, START[2]?.at);
  assert.equal(view.current?.ended, null);
  assert.equal(view.steps[0]?.ended, START[2]?.at);
});

test("order and repeats of events do not matter", () => {
  assert.deepEqual(
    foldStart({ state: "pulling", since: SINCE }, [...START].reverse().concat(START)),
    foldStart({ state: "pulling", since: SINCE }, START),
  );
});

test("a failure marks the step it happened in and keeps that step's own words", () => {
  const failure = { code: "image-pull-failed", message: "No.", log: null, at: "2026-11-21T12:00:05Z" };
  const events = [...START, event(5, "failed", "image", { failure, message: "No." })];
  const view = foldStart({ state: "failed", since: SINCE }, events);
  assert.equal(statuses("failed", events), "home:done image:failed container:waiting jupyter:waiting address:waiting");
  assert.equal(view.current?.message, "m4");
  assert.equal(view.current?.ended, events[4]?.at);
});

test("a step does not repeat the failure that ended it", () => {
  const failure = { code: "image-pull-failed", message: "No.", log: null, at: "2026-11-21T12:00:06Z" };
  const events = [...START, event(5, "pulling", "image", { message: "No." }), event(6, "failed", "image", { failure })];
  assert.equal(foldStart({ state: "failed", since: SINCE }, events).current?.message, "m4");
});

test("a failure without a step belongs to the step before it", () => {
  assert.match(statuses("failed", [...START, event(5, "failed", null)]), /image:failed/);
});

test("ready means that all is done, also steps that had nothing to do", () => {
  assert.equal(statuses("ready", [event(1, "queued", null), event(2, "ready", null)]).match(/done/g)?.length, 5);
  assert.equal(foldStart({ state: "ready", since: SINCE }, []).progress, 100);
});

test("without events the state tells the step", () => {
  assert.match(statuses("pulling", []), /home:done image:active/);
  assert.equal(foldStart({ state: "queued", since: SINCE }, []).current, null);
});

test("a cancelled start has no step in work", () => {
  assert.equal(foldStart({ state: "stopped", since: SINCE }, START).current, null);
});

test("a new event is added once, and a queued one begins anew", () => {
  const next = event(5, "starting", "container");
  assert.equal(withEvent(START, next).length, 5);
  assert.equal(withEvent(withEvent(START, next), next).length, 5);
  assert.deepEqual(withEvent(START, event(9, "queued", null)), [event(9, "queued", null)]);
});

test("progress replaces progress, but the first event of a step stays", () => {
  const more = [5, 6, 7].map((id) => event(id, "pulling", "image", { bytesDone: id * 10, bytesTotal: 100 }));
  const events = more.reduce<readonly ServerEvent[]>(withEvent, START);
  assert.deepEqual(
    events.map(({ id }) => id),
    [1, 2, 3, 7],
  );
});

test("a step whose first progress was dropped by the hub began with its state", () => {
  const since = "2026-11-21T11:59:00Z";
  assert.equal(foldStart({ state: "pulling", since }, START).current?.began, since);
});

test("a server that ended after it was ready has done all its steps", () => {
  const events = [event(1, "queued", null), event(2, "ready", "address"), event(3, "failed", null)];
  assert.equal(foldStart({ state: "failed", since: SINCE }, events).wasReady, true);
  assert.equal(statuses("failed", events).match(/done/g)?.length, 5);
});
