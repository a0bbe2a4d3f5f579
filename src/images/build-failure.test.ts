import assert from "node:assert/strict";
import { test } from "node:test";
import { explainFailure } from "./build-failure.ts";

const cases: readonly (readonly [string, string, RegExp])[] = [
  [
    "W: Failed to fetch http://mirror.example/…  Temporary failure resolving 'mirror.example'",
    "image-build-failed",
    /mirror.*does not answer/,
  ],
  ["W: GPG error: … NO_PUBKEY 6ED0E7B82643E131", "image-build-failed", /debian-archive-keyring/],
  ["E: Unable to locate package jupyterlab", "image-build-failed", /does not carry JupyterLab/],
  ["dpkg: error: failed to write: No space left on device", "disk-full", /disk became full/],
  ["E: something else", "image-build-failed", /“E: something else”.*All it said is in \/x\.log/],
];

for (const [line, code, message] of cases) {
  test(line, () => {
    const error = explainFailure(["I: starting", line, "I: done"], "/x.log");
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}
