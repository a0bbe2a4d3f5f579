import assert from "node:assert/strict";
import { test } from "node:test";
import { registryLines } from "./registry-lines.ts";

test("the own registry is told with what it holds, its limit, and that it does not answer", () => {
  const address = "localhost:5000";
  const lines = [
    null,
    { address, answers: true, usedBytes: 3_200_000_000, limitBytes: 100e9 },
    { address, answers: false, usedBytes: 0, limitBytes: null },
    { address, answers: true, usedBytes: null, limitBytes: null },
  ].map(registryLines);
  assert.deepEqual(lines, [
    [],
    ["Registry localhost:5000: 3.2 GB of 100 GB are used."],
    ["Registry localhost:5000: 0 B are used; it does not answer, see “hublet logs registry”."],
    ["Registry localhost:5000: it answers."],
  ]);
});
