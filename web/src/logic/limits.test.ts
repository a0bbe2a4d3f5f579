import assert from "node:assert/strict";
import { test } from "node:test";
import { enforcedLimits } from "./limits.ts";

test("a limit that is not enforced is not told", () => {
  const limits = { memoryBytes: 1024, cpus: 2 };
  assert.deepEqual(enforcedLimits(limits, { memory: true, cpu: true }), limits);
  assert.deepEqual(enforcedLimits(limits, { memory: false, cpu: true }), { memoryBytes: null, cpus: 2 });
  assert.deepEqual(enforcedLimits(limits, { memory: false, cpu: false }), { memoryBytes: null, cpus: null });
});
