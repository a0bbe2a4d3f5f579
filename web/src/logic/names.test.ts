import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNames } from "./names.ts";

test("names come by lines, commas, semicolons and tabs, are normalised and kept once", () => {
  assert.deepEqual(parseNames(" Alice, bob;carol\td@x.org \r\n\n alice\nＥve ,").names, [
    "alice",
    "bob",
    "carol",
    "d@x.org",
    "eve",
  ]);
});

test("a name may hold a space", () => {
  assert.deepEqual(parseNames("carol x\nbob").names, ["carol x", "bob"]);
});

test("names that the hub would refuse are told with their reason", () => {
  const { names, invalid } = parseNames(`a/b, ${"x".repeat(65)}, ok, a\u200bb, ..`);
  assert.deepEqual(names, ["ok"]);
  assert.deepEqual(
    invalid.map(({ reason }) => reason),
    ["slash", "long", "invisible", "folder"],
  );
});

test("nothing typed is nothing", () => {
  assert.deepEqual(parseNames(" \n,, ;"), { names: [], invalid: [] });
});
