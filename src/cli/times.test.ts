import assert from "node:assert/strict";
import test from "node:test";
import { readableTime } from "./times.ts";

test("times are shown to the minute and say that they are UTC", () => {
  assert.equal(readableTime("2026-11-25T05:46:41.737Z"), "2026-11-25 05:46 UTC");
  assert.equal(readableTime("2026-11-25T05:46:41Z"), "2026-11-25 05:46 UTC");
});

test("what is no such time stays as it is", () => {
  assert.equal(readableTime("-"), "-");
  assert.equal(readableTime("2026-11-25T05:46:41+02:00"), "2026-11-25T05:46:41+02:00");
});
