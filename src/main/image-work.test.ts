import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { diskOf } from "./image-work.ts";

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
