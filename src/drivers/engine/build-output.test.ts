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

test("what the command itself named as its mistake stands in the sentence", () => {
  const apt = output(
    "STEP 1/2: FROM x\nE: of another step\nSTEP 2/2: RUN set -e; export DEBIAN_FRONTEND=noninteractive; apt-get install --yes tre\n",
    "Reading package lists...\nE: Unable to locate package tre\nlevel=warning msg=unasked\n",
  );
  assert.equal(
    apt.made.why("while running runtime: exit status 100"),
    "step 2 of 2, “RUN set -e; export DEBIAN_FRONTEND=noninteractive; apt-get i…”, ended with exit code 100: E: Unable to locate package tre.",
  );
  const quiet = output("STEP 1/2: RUN apt-get update\nE: of another step\nSTEP 2/2: RUN false\n");
  assert.match(quiet.made.why("exit status 1"), /“RUN false”.*Its last lines say why/);
});

test("a base image that no registry can have is said to be missing here", () => {
  const refused = 'Get "https://localhost/v2/": dial tcp 127.0.0.1:443: connect: connection refused';
  const podman = `creating build container: initializing source docker://localhost/hublet/notebook:old: pinging container registry localhost: ${refused}`;
  const step = output("STEP 1/7: FROM localhost/lab/base:old AS base\n");
  assert.match(step.made.why(podman), /^the base image localhost\/hublet\/notebook:old is not on this host/);
  assert.match(step.made.why(refused), /^the base image localhost\/lab\/base:old is not on this host/);
  assert.match(output("Step 1/2 : FROM $BASE\n").made.why(refused), /that begins with localhost\/ is not on this host/);
  assert.match(step.made.why('Get "https://localhost:5000/v2/": connection refused'), /connection refused\.$/);
});

test("an engine that says nothing at all is likely to lack space for what is to be built", () => {
  assert.match(output("").made.why("status 500"), /no space is left for its temporary files. Free some in \/var\/tmp/);
});
