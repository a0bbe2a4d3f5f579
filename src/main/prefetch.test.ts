import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import { HubError } from "../kernel/index.ts";
import { imagesOf, prefetch } from "./prefetch.ts";

const config = configSchema.parse({
  server: { image: "base:1", pull: "always" },
  profiles: [
    { name: "a", title: "A" },
    { name: "b", title: "B", image: "rstudio:1", protocol: "http", pull: "never" },
    { name: "c", title: "C", image: "own:1", command: ["start-notebook.py"] },
  ],
  groups: { staff: { images: ["extra:2", "lab/*"] } },
});

test("each image is wanted once, with its profile's policy; patterns name none", () => {
  assert.deepEqual(imagesOf(config), [
    { reference: "base:1", policy: "always", speaks: "singleuser" },
    { reference: "rstudio:1", policy: "never", speaks: "not" },
    { reference: "own:1", policy: "always", speaks: "own" },
    { reference: "extra:2", policy: "always", speaks: "singleuser" },
  ]);
});

test("what was fetched is looked into, and what does not suit is in the log before anybody starts it", async () => {
  const looked: string[] = [];
  const said: string[] = [];
  const done = Promise.withResolvers<void>();
  const images: Parameters<typeof prefetch>[1] = {
    ensure: async (reference) => {
      if (reference === "extra:2") throw new HubError("image-missing", "gone");
      return { id: reference, reference, digests: [], labels: {}, sizeBytes: 1, digest: undefined };
    },
    suits: async ({ reference }, { ownCommand }) => {
      looked.push(`${reference} ${ownCommand}`);
      if (ownCommand) return "nobody knows";
      throw new HubError("image-unsuitable", "too old");
    },
  };
  const log = {
    warn: (_facts: object, message: string) => {
      said.push(message);
      if (said.length === 2) done.resolve();
    },
  };
  prefetch(config, images, log, new AbortController().signal);
  await done.promise;
  assert.deepEqual(looked.sort(), ["base:1 false", "own:1 true"]);
  assert.deepEqual(said.sort(), ["nobody knows", "too old"]);
});
