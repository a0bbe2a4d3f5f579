import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildOutput } from "./build-output.ts";

function output(...pieces: string[]) {
  const lines: string[] = [];
  const made = new BuildOutput((line) => lines.push(line));
  for (const piece of pieces) made.add(piece);
  made.end();
  return { made, lines };
}

test("pieces become lines, and the last twenty are kept", () => {
  const { made, lines } = output("one\ntw", "o\r\n", ...Array.from({ length: 20 }, (_, i) => `line ${i}\n`), "end");
  assert.deepEqual(lines.slice(0, 2), ["one", "two"]);
  assert.equal(lines.at(-1), "end");
  assert.deepEqual([made.last().split("\n").length, made.last().split("\n")[0]], [20, "line 1"]);
});

test("a failed command is named with its step, as either builder tells it", () => {
  for (const [step, said] of [
    ["Step 2/3 : RUN false", "The command '/bin/sh -c false' returned a non-zero code: 7"],
    ["[1/2] STEP 2/3: RUN false", 'building at STEP "RUN false": while running runtime: exit status 7'],
  ] as const)
    assert.equal(
      output(`${step}\n`).made.why(said),
      "step 2 of 3, “RUN false”, ended with exit code 7. Its last lines say why.",
    );
});

test("what is no command's failure is told in the builder's words", () => {
  assert.equal(output("Step 1/3 : FROM x\n").made.why("manifest unknown"), "manifest unknown.");
});
