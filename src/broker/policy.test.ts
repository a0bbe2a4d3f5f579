import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import { fullImageName } from "./image-names.ts";
import { type BrokerPolicy, mayName, mayUse, policyOf } from "./policy.ts";

function policy(config: object): BrokerPolicy {
  return policyOf(configSchema.parse(config), { engine: "podman", state: "/var/lib/hublet/state", closed: [] });
}

const full = (name: string): string => fullImageName(name) ?? "";

test("whoever may choose an image may run it: names without a registry are the catalogue's", () => {
  const groups = { staff: { images: ["lab/*", "gpu/torch", "quay.io/a/b", "quay.io/jupyter/*"] } };
  const outside = policy({ groups, catalogue: { registry: "ghcr.io", repositories: ["public/*"] } });
  for (const name of [
    "ghcr.io/lab/x:2",
    "ghcr.io/gpu/torch:1",
    "gpu/torch",
    "quay.io/a/b:7",
    "ghcr.io/public/y",
    "quay.io/jupyter/z:1",
  ])
    assert.ok(mayUse(outside, full(name)), name);
  // Anybody may take the name of a pattern at Docker Hub.
  for (const name of ["lab/x:2", "ghcr.io/other/y", "quay.io/other/z"])
    assert.equal(mayUse(outside, full(name)), false, name);
  assert.ok(mayUse(policy({ groups, registry: {} }), full("localhost:5000/lab/x:2")));
  assert.ok(mayUse(policy({ groups }), full("lab/x:2")), "without a catalogue there is only Docker Hub");
});

test("nothing gets the name of an image that the deployment starts", () => {
  const plain = policy({ registry: { image: "docker.io/library/registry:2" } });
  for (const part of ["hub", "proxy", "registry"]) {
    const name = full(`localhost/hublet-${part}:1.0-abc`);
    assert.deepEqual([mayUse(plain, name), mayName(plain, name)], [false, false], name);
  }
  assert.equal(mayUse(plain, full("registry:2")), false);
  assert.ok(mayName(plain, full("localhost/hublet/build:20300102-030405-a1b2c3")));
});
