import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, clock, downloadSize, lasting, longTime, memorySize } from "./words.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

test("past times are told in the largest unit that fits", () => {
  assert.equal(ago("2026-11-21T11:59:30Z", NOW, "en"), "now");
  assert.equal(ago("2026-11-21T11:57:30Z", NOW, "en"), "2 minutes ago");
  assert.equal(ago("2026-11-21T02:00:00Z", NOW, "en"), "10 hours ago");
  assert.equal(ago("2026-11-20T11:00:00Z", NOW, "en"), "yesterday");
  assert.equal(ago("2025-01-01T00:00:00Z", NOW, "en"), "last year");
  assert.equal(ago("2026-11-24T13:00:00Z", NOW, "en"), "in 3 days");
  assert.equal(ago("2026-11-21T10:00:00Z", NOW, "de"), "vor 2 Stunden");
});

test("lengths of time have at most two units and are never negative", () => {
  assert.equal(lasting(-500, "en"), "0s");
  assert.equal(lasting(12_900, "en"), "12s");
  assert.equal(lasting(185_000, "en"), "3m 5s");
  assert.equal(lasting(3_600_000, "en"), "1h");
  assert.equal(lasting(7_815_000, "en"), "2h 10m");
  assert.equal(lasting(90_000_000, "en"), "1d 1h");
});

test("sizes are short", () => {
  assert.equal(downloadSize(0, "en"), "0 byte");
  assert.equal(downloadSize(1_234_000_000, "en"), "1.2 GB");
  assert.equal(memorySize(2 * 1024 ** 3, "en"), "2 GiB");
  assert.equal(memorySize(512 * 1024 ** 2, "en"), "512 MiB");
  assert.equal(memorySize(2_000_000_000, "de"), "1,9 GiB");
});

test("rules say lengths of time in full words", () => {
  assert.equal(longTime(8 * 3600, "en"), "8 hours");
  assert.equal(longTime(36 * 3600, "en"), "1 day 12 hours");
  assert.equal(longTime(90, "en"), "1 minute 30 seconds");
  assert.equal(longTime(0, "en"), "0 seconds");
  assert.equal(longTime(7 * 86_400, "de"), "7 Tage");
});

test("what is due today has a time, what is due later a date too", () => {
  const today = new Date(2026, 10, 21, 18, 40).toISOString();
  const later = new Date(2026, 10, 23, 7, 5).toISOString();
  const now = new Date(2026, 10, 21, 9, 0).getTime();
  assert.equal(clock(today, now, "de"), "18:40");
  assert.match(clock(later, now, "de"), /^23\. Nov\.?,? 0?7:05$/);
});
