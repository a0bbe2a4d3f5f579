import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStatus, ServerState, ServerView } from "../../../src/contract/index.ts";
import { imagesToShow, isOfThisHost, namesToShow } from "./images.ts";
import { neverStarted } from "./servers.ts";

const IMAGES = [image("a", "ready", "Ready"), image("b", "pulling", "Fetching"), image("c", "failed", "It is gone.")];

function image(reference: string, state: ImageStatus["state"], message: string): ImageStatus {
  return { reference, state, message, fraction: null, bytesDone: null, bytesTotal: null, since: "" };
}

function server(state: ServerState, message: string): ServerView {
  const failure = { code: "image-missing", message, log: null, at: "" };
  return { ...neverStarted({ user: "a", name: "" }), state, failure };
}

function shown(...servers: readonly ServerView[]): string {
  return imagesToShow(IMAGES, servers)
    .map(({ reference }) => reference)
    .join("");
}

test("images that are there are not shown", () => {
  assert.equal(shown(), "bc");
});

test("a failure that a server's card tells is not told again", () => {
  assert.equal(shown(server("failed", "It is gone.")), "b");
  assert.equal(shown(server("failed", "Another one.")), "bc");
  // A server that runs meanwhile does not show the failure of an earlier start.
  assert.equal(shown(server("ready", "It is gone.")), "bc");
});

test("an image is shown by its tags, and by its digest when it has none", () => {
  assert.deepEqual(namesToShow(["localhost:5000/lab/a@sha256:1", "localhost:5000/lab/a:2"]), [
    "localhost:5000/lab/a:2",
  ]);
  assert.deepEqual(namesToShow(["localhost:5000/lab/a@sha256:1"]), ["localhost:5000/lab/a@sha256:1"]);
  assert.deepEqual(["localhost/lab/a:2", "localhost:5000/lab/a:2", "quay.io/a"].map(isOfThisHost), [
    true,
    false,
    false,
  ]);
});
