import assert from "node:assert/strict";
import test from "node:test";
import { withoutPlaces } from "./inside.ts";

test("options that say where the hub is are left out inside its container, words after “--” are kept", () => {
  assert.deepEqual(
    withoutPlaces(["user", "add", "ada", "--state", "/srv/x", "--json", "--account=lab", "--config", "a.yaml"]),
    ["user", "add", "ada", "--json"],
  );
  assert.deepEqual(withoutPlaces(["user", "add", "--", "--state", "x"]), ["user", "add", "--", "--state", "x"]);
});
