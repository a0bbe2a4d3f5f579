import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import type { ServerRow } from "../store/index.ts";
import { Deadlines, durationText, noteOf, stoppedText } from "./deadlines.ts";
import { policyFrom, saidBy } from "./test-support/policy.ts";

const START = Date.parse("2030-01-01T00:00:00.000Z");
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const config = configSchema.parse({ server: { idleTimeout: "1h", maximumAge: "10h" } });
const row = (more: Partial<ServerRow>): ServerRow =>
  ({ state: "ready", started: at(0), since: at(0), lastActivity: at(0), user: "alice", ...more }) as ServerRow;

test("the nearer of idleness and age counts, and activity before the start does not shorten anything", () => {
  const deadlines = new Deadlines(() => policyFrom(config), START - 1);
  assert.deepEqual(deadlines.stopOf(row({})), { stopsAt: at(3600), stopsBecause: "idle" });
  assert.equal(deadlines.stopOf(row({ lastActivity: at(-5000) })).stopsAt, at(3600));
  assert.equal(deadlines.stopOf(row({ lastActivity: null })).stopsAt, at(3600));
  assert.deepEqual(deadlines.stopOf(row({ lastActivity: at(35_000) })), { stopsAt: at(36_000), stopsBecause: "age" });
  for (const state of ["starting", "stopping", "stopped", "failed"] as const)
    assert.equal(deadlines.stopOf(row({ state })).stopsAt, null);
});

test("off is never", () => {
  const off = { idleTimeout: saidBy<number | null>("a", "idleTimeout", null) };
  assert.equal(new Deadlines(() => policyFrom(config, off), START - 1).stopOf(row({})).stopsAt, at(36_000));
  assert.equal(new Deadlines(() => policyFrom(configSchema.parse({})), START - 1).stopOf(row({})).stopsAt, null);
});

test("what ran before the hub is not idle before it could report", () => {
  const deadlines = new Deadlines(() => policyFrom(config), START + 20_000_000);
  assert.equal(deadlines.stopOf(row({})).stopsAt, at(20_000 + 360));
});

test("words name time and rule as people write them", () => {
  assert.deepEqual([0.2, 90, 7200, 5400, 129_600, 86_400].map(durationText), [
    "1 s",
    "1 min 30 s",
    "2 h",
    "1 h 30 min",
    "1 d 12 h",
    "1 d",
  ]);
  const rule = { at: 0, why: "idle", seconds: 7200, from: "server.idleTimeout", place: null } as const;
  assert.equal(stoppedText(noteOf(rule)), "Stopped after 2 h without activity (rule: server.idleTimeout)");
});
