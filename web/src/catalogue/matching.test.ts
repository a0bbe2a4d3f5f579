import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "./matching.ts";

const OPTIONS = ["lab/uspy", "courses/lab-intro", "lab/rstudio", "gpu/torch"];

test("every typed word is looked for anywhere, and what begins with the first stands first", () => {
  assert.deepEqual(matching(OPTIONS, "LAB"), ["lab/uspy", "lab/rstudio", "courses/lab-intro"]);
  assert.deepEqual(matching(OPTIONS, "intro lab"), ["courses/lab-intro"]);
  assert.deepEqual(matching(OPTIONS, "nothing"), []);
});

test("without a word everything stays in its order", () => {
  assert.deepEqual(matching(OPTIONS, "  "), OPTIONS);
});
