import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Secret } from "../kernel/index.ts";
import { writeProxySettings } from "./settings.ts";
import { settingsWritten } from "./settings-awaited.ts";

const KEY = new Secret("g".repeat(64));
const SETTINGS = { logLevel: "info", publicHost: undefined } as const;
const TLS = { certificate: "CERTIFICATE", key: new Secret("KEY"), profile: "modern", hsts: 0 } as const;

function settingsFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-settings-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "settings.json");
}

test("a proxy that is started first waits for the hub's settings, and no longer than it was told", async (t) => {
  const file = settingsFile(t);
  await settingsWritten(file, KEY, { serves: "http", timeoutMs: 50 });
  let written = false;
  const waiting = settingsWritten(file, KEY, { serves: "http", timeoutMs: 60_000 }).then(() => written);
  written = true;
  writeProxySettings(file, { ...SETTINGS, tls: undefined }, KEY);
  assert.equal(await waiting, true);
  await settingsWritten(file, KEY, { serves: "http", timeoutMs: 60_000 });
});

test("settings of before HTTPS was applied are not those that are waited for", async (t) => {
  const file = settingsFile(t);
  writeProxySettings(file, { ...SETTINGS, tls: undefined }, KEY);
  let written = false;
  const waiting = settingsWritten(file, KEY, { serves: "https", timeoutMs: 60_000 }).then(() => written);
  await new Promise((resolve) => setImmediate(resolve));
  written = true;
  writeProxySettings(file, { ...SETTINGS, tls: TLS }, KEY);
  assert.equal(await waiting, true);
});
