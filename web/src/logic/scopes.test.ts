import assert from "node:assert/strict";
import { test } from "node:test";
import { CHOICES, describeScopes, scopeOf } from "./scopes.ts";

test("inherit, and everything of oneself, is all", () => {
  assert.equal(describeScopes(["inherit"], "a").all, true);
  const self = ["access:servers", "servers", "tokens", "read:users", "users:activity", "read:shares", "users:shares"];
  assert.equal(
    describeScopes(
      self.map((scope) => `${scope}!user=a`),
      "a",
    ).all,
    true,
  );
});

test("every choice is told by its own word", () => {
  for (const choice of CHOICES) {
    assert.deepEqual(describeScopes([scopeOf(choice, "a")], "a"), { all: false, words: [choice.word], others: [] });
  }
});

test("what a chosen scope brings along is not listed again", () => {
  const expanded = [
    "servers!user=a",
    "read:servers!user=a",
    "start:servers!user=a",
    "delete:servers!user=a",
    "read:users:name!user=a",
  ];
  assert.deepEqual(describeScopes(expanded, "a"), { all: false, words: ["serversOwn"], others: [] });
});

test("scopes without words stay readable as they are", () => {
  assert.deepEqual(describeScopes(["custom:x:read", "access:servers!server=b/"], "a"), {
    all: false,
    words: [],
    others: ["access:servers!server=b/", "custom:x:read"],
  });
});
