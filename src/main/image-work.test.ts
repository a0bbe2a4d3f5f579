import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { HubError } from "../kernel/index.ts";
import { diskOf, lookedInto } from "./image-work.ts";

test("what was tried out is looked into, whatever that says; what failed is not", async () => {
  const looked: string[] = [];
  const images = { inspect: async () => ({ id: "sha256:new", digests: [], labels: {}, sizeBytes: 1 }) };
  const keeper = {
    suits: async ({ id }: { readonly id: string }) => {
      looked.push(id);
      throw new HubError("image-unsuitable", "It has jupyterhub 1.");
    },
  };
  const request = { repository: "lab/x", signal: new AbortController().signal, onLine: () => undefined };
  await lookedInto(async () => undefined, images, keeper)("localhost/hublet/build:1", request);
  assert.deepEqual(looked, ["sha256:new"]);
  const failing = lookedInto(() => Promise.reject(new Error("it ends")), images, keeper);
  await assert.rejects(failing("localhost/hublet/build:2", request), /it ends/);
  assert.equal(looked.length, 1);
});

test("the disk of the images is the engine's, also for a hub in a container, or none at all", () => {
  const state = "/var/lib/hublet/state";
  const of = (kind: "podman" | "docker" | "process", hostRoot: string) =>
    diskOf({ engine: { kind, why: "", socket: null }, hostRoot, state });
  assert.equal(of("podman", ""), homedir());
  // The home of its container is in memory.
  assert.equal(of("podman", "/run/host"), state);
  assert.equal(of("docker", ""), "/var/lib/docker");
  assert.equal(of("docker", "/run/host"), undefined);
  assert.equal(of("process", ""), undefined);
});
