import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStatus } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import type { HubEvent } from "../hub-client.ts";
import { followFetches } from "./fetching.ts";

function status(reference: string, state: ImageStatus["state"], fraction: number | null = null): ImageStatus {
  return { reference, state, message: `${state} it`, fraction, bytesDone: null, bytesTotal: null, since: "" };
}

async function follow(events: readonly HubEvent[], references: readonly string[]) {
  const notes: string[] = [];
  async function* told(): AsyncIterable<HubEvent> {
    yield* events;
  }
  const context = { note: (line: string) => notes.push(line), hub: () => ({ events: told }) } as unknown as CliContext;
  const outcome = await followFetches(context, references).catch((error: unknown) => error);
  return { outcome, notes };
}

test("fetches are told of in tenths until each has ended, and other images are not", async () => {
  const other = status("other:1", "failed");
  const { outcome, notes } = await follow(
    [
      { event: "home", data: { images: [status("a:1", "checking"), other] } },
      { event: "images", data: [status("a:1", "pulling", 0.11), other] },
      { event: "server", data: {} },
      { event: "images", data: [status("a:1", "pulling", 0.19), status("b:1", "ready", 1)] },
      { event: "images", data: [status("a:1", "ready", 1), status("b:1", "ready", 1), other] },
    ],
    ["a:1", "b:1"],
  );
  assert.deepEqual(
    (outcome as ImageStatus[]).map(({ reference }) => reference),
    ["a:1", "b:1"],
  );
  assert.deepEqual(notes, ["a:1: checking it", "a:1: pulling it (10 %)", "b:1: ready it", "a:1: ready it"]);
});

test("what cannot be fetched fails with its reason, and a hub that ends is no success", async () => {
  const failed = await follow([{ event: "home", data: { images: [status("a:1", "failed")] } }], ["a:1"]);
  assert.ok(failed.outcome instanceof HubError && failed.outcome.code === "image-missing");
  assert.equal(failed.outcome.message, "failed it");
  const away = await follow([{ event: "home", data: { images: [status("a:1", "pulling")] } }], ["a:1"]);
  assert.ok(away.outcome instanceof HubError && away.outcome.code === "hub-unreachable");
});
