import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { settingsWritten } from "./settings-awaited.ts";

test("a proxy that is started first waits for the hub's settings, and no longer than it was told", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-settings-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "settings.json");
  await settingsWritten(file, 50);
  const waiting = settingsWritten(file, 60_000);
  writeFileSync(`${file}.next`, "{}");
  renameSync(`${file}.next`, file);
  const started = performance.now();
  await waiting;
  await settingsWritten(file, 60_000);
  assert.ok(performance.now() - started < 30_000);
});
