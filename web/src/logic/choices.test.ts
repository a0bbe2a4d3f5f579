import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProfileView, ServerView } from "../../../src/contract/index.ts";
import { choicesOf, lastOf, NOTHING_CHOSEN, optionsOf } from "./choices.ts";
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
  assert.deepEqual(choicesOf({ profiles: [], choices: [], catalogue: false }), []);
  assert.equal(choicesOf({ profiles: [SMALL], choices: [], catalogue: false }).length, 1);
});

test("images stand beside profiles, or beside what everybody gets", () => {
  const keys = (profiles: ProfileView[]) =>
    choicesOf({ profiles, choices: ["gpu:2"], catalogue: false }).map(({ key }) => key);
  assert.deepEqual(keys([SMALL]), ["small", "image:gpu:2"]);
  assert.deepEqual(keys([]), ["standard", "image:gpu:2"]);
});

test("a choice is asked for by profile or by image, never both", () => {
  const options = choicesOf({ profiles: [SMALL], choices: ["gpu:2"], catalogue: false }).map((choice) =>
    optionsOf(choice, NOTHING_CHOSEN),
  );
  assert.deepEqual(options, [{ profile: "small" }, { image: "gpu:2" }]);
  assert.deepEqual(
    choicesOf({ profiles: [], choices: ["gpu:2"], catalogue: false }).map((choice) =>
      optionsOf(choice, NOTHING_CHOSEN),
    )[0],
    {},
  );
});

test("the last choice is found again, unless it cannot be chosen any more", () => {
  const all = choicesOf({ profiles: [SMALL], choices: ["gpu:2"], catalogue: false });
  assert.equal(lastOf(started({ profile: "small" }), all)?.key, "small");
  assert.equal(lastOf(started({ options: { image: "gpu:2" } }), all)?.key, "image:gpu:2");
  assert.equal(lastOf(started({ options: { image: "gone:1" }, profile: "small" }), all), undefined);
  assert.equal(lastOf(started({ profile: "gone" }), all), undefined);
  assert.equal(
    lastOf(started({ image: null }), choicesOf({ profiles: [], choices: ["gpu:2"], catalogue: false })),
    undefined,
  );
  assert.equal(lastOf(started({}), choicesOf({ profiles: [], choices: ["gpu:2"], catalogue: false }))?.key, "standard");
});

test("the catalogue is one more choice, asked for by repository and tag once both are picked", () => {
  const all = choicesOf({ profiles: [SMALL], choices: [], catalogue: true });
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ["profile", "catalogue"],
  );
  assert.deepEqual(
    choicesOf({ profiles: [], choices: [], catalogue: true }).map(({ kind }) => kind),
    ["standard", "catalogue"],
  );
  const [, catalogue] = all;
  assert.ok(catalogue !== undefined);
  assert.deepEqual(optionsOf(catalogue, { repository: "lab/uspy", tag: "2.1" }), { image: "lab/uspy", tag: "2.1" });
  assert.equal(optionsOf(catalogue, { repository: "lab/uspy", tag: "" }), undefined);
});

test("what was picked from the catalogue is remembered, as long as there is a catalogue", () => {
  const server = started({ options: { image: "lab/uspy", tag: "2.1" } });
  const last = lastOf(server, choicesOf({ profiles: [SMALL], choices: [], catalogue: true }));
  assert.deepEqual(last?.kind === "catalogue" && last.version, { repository: "lab/uspy", tag: "2.1" });
  assert.equal(lastOf(server, choicesOf({ profiles: [SMALL], choices: [], catalogue: false })), undefined);
});
