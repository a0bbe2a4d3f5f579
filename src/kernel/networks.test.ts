import assert from "node:assert/strict";
import { test } from "node:test";
import { networkMatcher } from "./networks.ts";

test("addresses are found in networks of their kind", () => {
  const inside = networkMatcher(["127.0.0.1", "10.1.0.0/16", "::1", "fd00::/8"]);
  for (const address of ["127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "::1", "fd12::1"])
    assert.ok(inside(address), address);
  for (const address of ["127.0.0.2", "10.2.0.1", "::2", "fe80::1", "", "10.1.2", "10.1.2.3, 127.0.0.1", "localhost"])
    assert.equal(inside(address), false, address);
  assert.equal(networkMatcher([])("127.0.0.1"), false);
});
