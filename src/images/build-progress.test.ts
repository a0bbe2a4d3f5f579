import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgressReader } from "./build-progress.ts";

test("what the builder prints becomes counted progress", () => {
  const reader = createProgressReader();
  const seen = [
    "I: running apt-get update...",
    "Get:4 http://mirror.example/debian trixie/main amd64 Packages [9678 kB]",
    "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.",
    "Need to get 25.4 MB of archives.",
    "Get:1 http://mirror.example/debian trixie/main amd64 libc6 amd64 2.41-12 [12.7 MB]",
    "I: extracting archives...",
    "Unpacking libc6:amd64 (2.41-12) ...",
    "Setting up libc6:amd64 (2.41-12) ...",
    "0 upgraded, 200 newly installed, 0 to remove and 0 not upgraded.",
    "Need to get 1,234 kB of archives.",
    "Get:1 http://mirror.example/debian trixie/main amd64 jupyterlab all 4.0.11 [9999 kB]",
    "Unpacking jupyterlab (4.0.11) ...",
    "hublet: slimming",
    "I: creating tarball...",
  ].map((line) => reader.read(line));
  assert.deepEqual(
    seen.filter((progress) => progress !== undefined).map(({ phase, fraction }) => [phase, fraction]),
    [
      ["checking", undefined],
      ["downloading", 0],
      ["downloading", 0.5],
      ["unpacking", undefined],
      ["unpacking", 0.5],
      ["configuring", 0.5],
      ["downloading", 0],
      ["downloading", 1],
      ["unpacking", 0.005],
      ["slimming", undefined],
      ["packing", undefined],
    ],
  );
  assert.equal(seen[4]?.message, "Downloading the base system: 13 of 25 MB");
  assert.equal(seen[11]?.message, "Unpacking JupyterLab: 1 of 200 packages");
  assert.equal(seen[10]?.bytesTotal, 1_234_000);
});
