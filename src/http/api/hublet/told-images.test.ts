import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema, type ImageStatus } from "../../../contract/index.ts";
import { systemClock } from "../../../kernel/index.ts";
import { toldImages } from "./told-images.ts";

const HOUR = 60 * 60_000;

function status(reference: string, state: ImageStatus["state"], age: number): ImageStatus {
  const since = new Date(systemClock.now() - age).toISOString();
  return { reference, state, message: "", fraction: null, bytesDone: null, bytesTotal: null, since };
}

test("failures of what the configuration does not name are told for minutes, all others as long as they last", () => {
  const config = configSchema.parse({
    server: { image: "lab/base:1" },
    profiles: [{ name: "gpu", title: "GPU", image: "lab/gpu:1" }],
    groups: { xps: { images: ["lab/xps:1"] } },
  });
  const named = ["lab/base:1", "lab/gpu:1", "lab/xps:1"].map((name) => status(name, "failed", HOUR));
  const others = [status("lab/slip:1", "failed", HOUR), status("lab/new:1", "failed", 0), status("b:1", "ready", HOUR)];
  const images = { statuses: () => [...named, ...others], subscribe: () => () => undefined };
  const told = toldImages({ images, config: () => config, clock: systemClock });
  assert.deepEqual(
    told.map(({ reference }) => reference),
    ["lab/base:1", "lab/gpu:1", "lab/xps:1", "lab/new:1", "b:1"],
  );
});
