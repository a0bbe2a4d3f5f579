import assert from "node:assert/strict";
import { test } from "node:test";
import { meantHere, newName } from "./meant.ts";

const REGISTRY = "localhost:5000";
const images = [
  "localhost:5000/lab/uspy:2.1",
  "localhost/lab/uspy:2.1",
  "localhost/lab/debian:latest",
  "docker.io/lab/own:1",
].map((name) => ({ id: `sha256:${name}`, references: [name], digests: [] }));

test("a name without a registry is what is here: as the engine takes it, of the registry, of this host", () => {
  for (const [given, meant] of [
    ["lab/own:1", "lab/own:1"],
    ["lab/uspy:2.1", "localhost:5000/lab/uspy:2.1"],
    ["lab/debian", "localhost/lab/debian"],
    ["lab/uspy:9", "lab/uspy:9"],
    ["quay.io/lab/uspy:2.1", "quay.io/lab/uspy:2.1"],
    ["Not A Name", "Not A Name"],
  ] as const)
    assert.equal(meantHere(given, images, REGISTRY), meant, given);
  assert.equal(meantHere("lab/uspy:2.1", images, undefined), "localhost/lab/uspy:2.1");
});

test("a name to be is of the registry, else of this host", () => {
  assert.deepEqual(
    [newName("lab/x:1", REGISTRY), newName("lab/x:1", undefined), newName("quay.io/x:1", REGISTRY)],
    ["localhost:5000/lab/x:1", "localhost/lab/x:1", "quay.io/x:1"],
  );
});
