import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProfileView, ServerView } from "../../../src/contract/index.ts";
import { choicesOf, lastOf, optionsOf } from "./choices.ts";
import { neverStarted } from "./servers.ts";

const SMALL: ProfileView = {
  name: "small",
  title: "Small",
  description: "",
  image: "lab:1",
  protocol: "jupyterhub",
  memoryBytes: null,
  cpus: null,
};

function started(more: Partial<ServerView>): ServerView {
  return { ...neverStarted({ user: "alice", name: "" }), image: "lab:1", ...more };
}

test("without images and with at most one profile there is nothing to choose", () => {
  assert.deepEqual(choicesOf({ profiles: [], choices: [] }), []);
  assert.equal(choicesOf({ profiles: [SMALL], choices: [] }).length, 1);
});

test("images stand beside profiles, or beside what everybody gets", () => {
  const keys = (profiles: ProfileView[]) => choicesOf({ profiles, choices: ["gpu:2"] }).map(({ key }) => key);
  assert.deepEqual(keys([SMALL]), ["small", "image:gpu:2"]);
  assert.deepEqual(keys([]), ["standard", "image:gpu:2"]);
});

test("a choice is asked for by profile or by image, never both", () => {
  const options = choicesOf({ profiles: [SMALL], choices: ["gpu:2"] }).map(optionsOf);
  assert.deepEqual(options, [{ profile: "small" }, { image: "gpu:2" }]);
  assert.deepEqual(choicesOf({ profiles: [], choices: ["gpu:2"] }).map(optionsOf)[0], {});
});

test("the last choice is found again, unless it cannot be chosen any more", () => {
  const all = choicesOf({ profiles: [SMALL], choices: ["gpu:2"] });
  assert.equal(lastOf(started({ profile: "small" }), all)?.key, "small");
  assert.equal(lastOf(started({ options: { image: "gpu:2" } }), all)?.key, "image:gpu:2");
  assert.equal(lastOf(started({ options: { image: "gone:1" }, profile: "small" }), all), undefined);
  assert.equal(lastOf(started({ profile: "gone" }), all), undefined);
  assert.equal(lastOf(started({ image: null }), choicesOf({ profiles: [], choices: ["gpu:2"] })), undefined);
  assert.equal(lastOf(started({}), choicesOf({ profiles: [], choices: ["gpu:2"] }))?.key, "standard");
});
