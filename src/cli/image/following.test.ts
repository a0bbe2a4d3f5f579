import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildView } from "../../contract/index.ts";
import type { CliContext } from "../context.ts";
import type { HubClient } from "../hub-client.ts";
import { followBuild, outcomeOf } from "./following.ts";

const BUILD: BuildView = {
  ...{ id: "b1", name: "lab/x", kind: "build", state: "building", by: "ada", startedAt: "2030-01-01T00:00:00.000Z" },
  ...{ endedAt: null, references: [], version: null, imageId: null, digest: null, message: "Building" },
};
const CANCELLED: BuildView = { ...BUILD, state: "cancelled", endedAt: BUILD.startedAt, message: "Cancelled by ada." };

/** A hub with one build that goes on until it is cancelled. */
function hubWithBuild() {
  const cancelled = Promise.withResolvers<void>();
  const notes: string[] = [];
  const calls: string[] = [];
  const hub: Pick<HubClient, "request" | "events"> = {
    request: async (method, path, schema) => {
      calls.push(`${method} ${path}`);
      cancelled.resolve();
      return schema.parse(BUILD);
    },
    async *events(_path, signal) {
      yield { event: "line", data: { text: "STEP 1" } };
      signal.throwIfAborted();
      const gone = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      await Promise.race([cancelled.promise, gone]);
      yield { event: "build", data: CANCELLED };
    },
  };
  const context = { hub: () => hub, note: (line: string) => void notes.push(line) } as unknown as CliContext; // all that is used of it
  return { context, notes, calls };
}

test("Ctrl-C has the hub cancel the build, and the command ends as the build does", async () => {
  const { context, notes, calls } = hubWithBuild();
  const before = process.listenerCount("SIGINT");
  const following = followBuild(context, "b1", { cancels: true });
  process.emit("SIGINT");
  const build = await following;
  assert.deepEqual(calls, ["DELETE /hublet/builds/b1"]);
  assert.ok(notes.includes("STEP 1"));
  assert.throws(() => outcomeOf(build), { code: "image-build-failed", message: "Cancelled by ada." });
  assert.equal(process.listenerCount("SIGINT"), before);
});

test("who only looks at a log leaves the build alone with Ctrl-C", async () => {
  const { context, calls } = hubWithBuild();
  const following = followBuild(context, "b1", { cancels: false });
  process.emit("SIGINT");
  await assert.rejects(following, /The build goes on/);
  assert.deepEqual(calls, []);
});
