import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { userName } from "../../kernel/index.ts";
import { SCOPE_NAMES } from "./hierarchy.ts";
import { wordsOf } from "./words.ts";

const alice = userName("alice");

describe("words", () => {
  const cases: [string, string][] = [
    ["read:users:name!user", "See your name"],
    ["access:servers!server=bob/", "Open and use bob’s server"],
    ["access:servers!server=alice/lab", "Open and use your server “lab”"],
    ["servers!user=bob", "Start and stop bob’s servers"],
    ["servers", "Start and stop everybody’s servers"],
    ["list:users!group=g1", "Find people of the group g1 in the list of people"],
    ["shutdown", "Shut down the hub"],
    ["self", "Do everything with your account and servers"],
  ];
  for (const [scope, words] of cases) {
    test(`${scope} reads “${words}”`, () => assert.equal(wordsOf(scope, alice), words));
  }

  test("every scope has words without a gap in any form", () => {
    for (const name of SCOPE_NAMES) {
      for (const filter of ["", "!user", "!server", "!server=bob/x", "!group=g", "!service=s", "!user=bob"]) {
        assert.match(wordsOf(name + filter, alice), /^[A-Z][^{}]+$/);
      }
    }
  });
});
