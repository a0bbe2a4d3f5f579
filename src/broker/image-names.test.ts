import assert from "node:assert/strict";
import { test } from "node:test";
import { fullImageName } from "./image-names.ts";
import { mayName } from "./policy.ts";
import { POLICY } from "./test-support/bodies.ts";

test("every spelling that engines know of a name becomes the same one", () => {
  for (const text of ["postgres:16", "docker.io/postgres:16", "index.docker.io/postgres:16", "library/postgres:16"])
    assert.equal(fullImageName(text), "docker.io/library/postgres:16", text);
  assert.equal(fullImageName("quay.io/jupyter/base_notebook"), "quay.io/jupyter/base_notebook:latest");
  assert.equal(fullImageName("lab/a__b-c--d.e"), "docker.io/lab/a__b-c--d.e:latest");
});

test("what engines would clean up first, or take for the beginning of an id, is no name", () => {
  for (const text of [
    "localhost//hublet-hub",
    "localhost/./hublet-hub",
    "localhost/../x",
    "a/..x",
    "a___b",
    "deadbeef",
  ])
    assert.equal(fullImageName(text), undefined, text);
});

test("an image of the deployment gets no name by another spelling of its registry", () => {
  const policy = { ...POLICY, targets: ["docker.io/*"], reserved: ["docker.io/library/postgres:16"] };
  for (const text of ["docker.io/postgres:16", "index.docker.io/library/postgres:16", "postgres:16"])
    assert.equal(mayName(policy, fullImageName(text) ?? ""), false, text);
  assert.equal(mayName(policy, fullImageName("docker.io/lab/x:1") ?? ""), true);
});
