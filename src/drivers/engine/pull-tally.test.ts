import assert from "node:assert/strict";
import { test } from "node:test";
import { PullTally } from "./pull-tally.ts";

test("bytes and layers are summed as Docker tells them, and unpacking does not count again", () => {
  const tally = new PullTally();
  assert.deepEqual(tally.add({ id: "1.0", status: "Pulling from lab/uspy" }), { message: "Pulling from lab/uspy 1.0" });
  tally.add({ id: "a", status: "Pulling fs layer" });
  tally.add({ id: "b", status: "Already exists" });
  tally.add({ id: "a", status: "Downloading", progressDetail: { current: 40, total: 100 } });
  assert.deepEqual(tally.add({ id: "c", status: "Pulling fs layer" }), {
    ...{ message: "Pulling fs layer c", layersDone: 1, layersTotal: 3 },
    ...{ bytesDone: 40, bytesTotal: 100 },
  });
  tally.add({ id: "a", status: "Download complete" });
  const last = tally.add({ id: "a", status: "Extracting", progressDetail: { current: 1, total: 100 } });
  assert.deepEqual([last?.layersDone, last?.bytesDone], [2, 100]);
});
