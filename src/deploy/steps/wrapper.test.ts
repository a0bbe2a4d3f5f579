import assert from "node:assert/strict";
import { test } from "node:test";
import { described, freshHost } from "../plan/planned.fixture.ts";
import { WRAPPER } from "../plan/situation.ts";
import { run } from "../run.ts";
import { planWrapper, wrapperText } from "./wrapper.ts";

test("a shell takes it", async () => {
  for (const engine of [{ kind: "podman" }, { kind: "docker", socket: "/var/run/docker.sock" }] as const) {
    const checked = await run(["sh", "-n"], { input: wrapperText({ account: "hublet", engine }) });
    assert.deepEqual(checked, { code: 0, stdout: "", stderr: "" });
  }
});

test("it replaces an older one of ours, and nobody else's program", async () => {
  const target = await described();
  const { state } = freshHost();
  const file = { sha256: "other", mode: 0o755, uid: 0, gid: 0, kind: "file" as const };
  const there = (content: string) => ({
    records: freshHost().records,
    state: { ...state, files: { [WRAPPER]: file }, contents: { [WRAPPER]: content } },
  });
  assert.equal(planWrapper(target, freshHost(), false).length, 1);
  assert.equal(planWrapper(target, there("#!/bin/sh\n# Written by hublet apply; older\n"), false).length, 1);
  assert.equal(planWrapper(target, there("#!/bin/sh\nexec my-own\n"), false).length, 0);
  assert.equal(planWrapper(target, freshHost(), true).length, 0);
});
