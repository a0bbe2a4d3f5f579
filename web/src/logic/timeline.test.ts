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

const START = [
  event(1, "queued", null),
  event(2, "preparing", "home"),
  event(3, "pulling", "image", { bytesDone: 10, bytesTotal: 100 }),
  event(4, "pulling", "image", { bytesDone: 60, bytesTotal: 100 }),
];

function statuses(state: ServerState, events: readonly ServerEvent[]): string {
  return foldStart({ state }, events)
    .steps.map(({ step, status }) => `${step}:${status}`)
    .join(" ");
}

test("steps before the current one are done, those after it wait", () => {
  assert.equal(statuses("pulling", START), "home:done image:active container:waiting jupyter:waiting address:waiting");
  const view = foldStart({ state: "pulling" }, START);
  assert.equal(view.progress, 40);
  assert.equal(view.began, START[0]?.at);
  assert.deepEqual([view.current?.step, view.current?.bytesDone, view.current?.bytesTotal], ["image", 60, 100]);
  assert.equal(view.current?.began, START[2]?.at);
  assert.equal(view.current?.ended, null);
  assert.equal(view.steps[0]?.ended, START[2]?.at);
});

test("order and repeats of events do not matter", () => {
  assert.deepEqual(
    foldStart({ state: "pulling" }, [...START].reverse().concat(START)),
    foldStart({ state: "pulling" }, START),
  );
});

test("a failure marks the step it happened in and keeps that step's own words", () => {
  const failure = { code: "image-pull-failed", message: "No.", log: null, at: "2026-11-21T12:00:05Z" };
  const events = [...START, event(5, "failed", "image", { failure, message: "No." })];
  const view = foldStart({ state: "failed" }, events);
  assert.equal(statuses("failed", events), "home:done image:failed container:waiting jupyter:waiting address:waiting");
  assert.equal(view.current?.message, "m4");
  assert.equal(view.current?.ended, events[4]?.at);
});

test("a failure without a step belongs to the step before it", () => {
  assert.match(statuses("failed", [...START, event(5, "failed", null)]), /image:failed/);
});

test("ready means that all is done, also steps that had nothing to do", () => {
  assert.equal(statuses("ready", [event(1, "queued", null), event(2, "ready", null)]).match(/done/g)?.length, 5);
  assert.equal(foldStart({ state: "ready" }, []).progress, 100);
});

test("without events the state tells the step", () => {
  assert.match(statuses("pulling", []), /home:done image:active/);
  assert.equal(foldStart({ state: "queued" }, []).current, null);
});

test("a cancelled start has no step in work", () => {
  assert.equal(foldStart({ state: "stopped" }, START).current, null);
});

test("a new event is added once, and a queued one begins anew", () => {
  const next = event(5, "starting", "container");
  assert.equal(withEvent(START, next).length, 5);
  assert.equal(withEvent(withEvent(START, next), next).length, 5);
  assert.deepEqual(withEvent(START, event(9, "queued", null)), [event(9, "queued", null)]);
});
