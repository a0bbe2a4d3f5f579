/** Failures say what happened, why, and what to do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import type { Observed } from "../drivers/index.ts";
import { HubError } from "../kernel/index.ts";
import { Ended, failureOf, sizeText, TooSlow } from "./failures.ts";
import { launchSettings } from "./launch-settings.ts";
import { policyFrom } from "./test-support/policy.ts";

const AT = "2030-01-01T00:00:00.000Z";
const config = configSchema.parse({ server: { memory: "1.5G" } });
const settings = launchSettings(config, policyFrom(config), {}, false);
const seen = (more: Partial<Observed>): Observed => ({ name: "n", id: "i", labels: {}, running: false, ...more });

test("a server killed for memory names its limit and what to do", () => {
  const failure = failureOf(new Ended(seen({ exitCode: 137, outOfMemory: true }), "Killed"), settings, "", AT);
  assert.equal(failure.code, "out-of-memory");
  assert.match(failure.message, /1\.5 GiB of memory .*raise server\.memory/);
});

test("a full disk is told from other deaths by the server's last words", () => {
  const failure = failureOf(
    new Ended(seen({ exitCode: 1 }), "OSError: [Errno 28] No space left on device"),
    settings,
    "",
    AT,
  );
  assert.equal(failure.code, "disk-full");
});

test("a command that is not in the image is named", () => {
  const failure = failureOf(new Ended(seen({ exitCode: 127 }), "not found"), settings, "", AT);
  assert.equal(failure.code, "process-died");
  assert.match(failure.message, /“jupyterhub-singleuser” cannot be run in the image quay\.io/);
});

test("a death without words, a death from outside, a slow start, a known error, a bug", () => {
  assert.match(
    failureOf(new Ended(seen({ exitCode: 1 }), ""), settings, "", AT).message,
    /exit code 1 .*printed nothing/,
  );
  assert.match(failureOf(new Ended(undefined, "x"), settings, "", AT).message, /process ended while/);
  const slow = failureOf(new TooSlow(120), settings, "Loading…", AT);
  assert.deepEqual([slow.code, slow.log], ["start-timeout", "Loading…"]);
  const known = failureOf(new HubError("process-died", "m", { facts: { output: "last words" } }), settings, "", AT);
  assert.deepEqual(known, { code: "process-died", message: "m", log: "last words", at: AT });
  const bug = failureOf(new TypeError("secret detail"), settings, "", AT);
  assert.equal(bug.code, "internal");
  assert.doesNotMatch(bug.message, /secret detail/);
});

test("sizes read as people write them", () => {
  assert.deepEqual(
    [sizeText(2 * 1024 ** 3), sizeText(1.5 * 1024 ** 3), sizeText(512 * 1024 ** 2)],
    ["2 GiB", "1.5 GiB", "512 MiB"],
  );
});
