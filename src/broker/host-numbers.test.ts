/** Under a daemon of root, nobody writes into a folder of the host as one of its services, nor for a group that nobody gave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNumbers } from "./host-numbers.ts";
import type { BrokerPolicy } from "./policy.ts";
import { Refusal } from "./refusal.ts";
import { POLICY } from "./test-support/bodies.ts";

const DOCKER: BrokerPolicy = { ...POLICY, engine: "docker", groups: [2000] };

test("an image's own user comes with a group that was given, or with users", () => {
  for (const [image, numbers] of [
    ["1000", "1000:100"],
    ["1000:100", "1000:100"],
    ["1000:2000", "1000:2000"],
    ["1000:1000", "1000:100"],
    ["1000:999", "1000:100"],
    ["65534:65534", "65534:100"],
  ] as const)
    assert.equal(hostNumbers(DOCKER, undefined, image), numbers, image);
});

test("what the hub says itself is held to the configuration, too", () => {
  assert.equal(hostNumbers(DOCKER, "20001:100", "0"), "20001:100");
  assert.equal(hostNumbers(DOCKER, "20001:2000", "jovyan"), "20001:2000");
  assert.throws(() => hostNumbers(DOCKER, "20001:999", "1000"), /does not give the group 999/);
  assert.equal(hostNumbers({ ...DOCKER, hostAccounts: true }, "998:997", "0"), "998:997");
});

test("neither root, nor names, nor services of the host", () => {
  for (const image of ["", "root", "jovyan", "0", "0:0", "1000:0", "1000:docker", "jovyan:100", "01000", "1000:0100"])
    assert.throws(() => hostNumbers(DOCKER, undefined, image), Refusal, image);
  for (const image of ["33", "101:100", "999", "4294967296", "2147483648"])
    assert.throws(() => hostNumbers(DOCKER, undefined, image), /service of the host/, image);
});
