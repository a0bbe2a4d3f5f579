/** What is known of the jupyterhub in an image without looking into it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineImages, ProbeResult } from "../../drivers/index.ts";
import { JUPYTERHUB_LABEL, JupyterHubFinder } from "./jupyterhub.ts";

const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

function finderOver(probe: () => Promise<ProbeResult>): JupyterHubFinder {
  const images = { probe } as unknown as EngineImages; // all that is used of it
  return new JupyterHubFinder(images, undefined, LOG, new AbortController().signal);
}

test("a label says it without a look, also that there is none", async () => {
  const finder = finderOver(() => assert.fail("nobody need look"));
  assert.equal(finder.known("a", { [JUPYTERHUB_LABEL]: "5.2.1" }), "5.2.1");
  assert.equal(finder.known("b", { [JUPYTERHUB_LABEL]: "none" }), null);
  assert.equal(finder.known("c", { other: "1" }), undefined);
  const { signal } = new AbortController();
  assert.deepEqual(await finder.find("b", { [JUPYTERHUB_LABEL]: "none" }, signal), { kind: "known", version: null });
});

test("what was found by a look is known from then on; what could not be found out is not", async () => {
  const { signal } = new AbortController();
  const found = finderOver(async () => ({ exitCode: 0, output: "hublet: version 5.2.1\n" }));
  assert.equal(found.known("a"), undefined);
  await found.find("a", {}, signal);
  assert.equal(found.known("a"), "5.2.1");
  const silent = finderOver(async () => ({ exitCode: 127, output: "" }));
  assert.equal((await silent.find("a", {}, signal)).kind, "unknown");
  assert.equal(silent.known("a"), undefined);
});
