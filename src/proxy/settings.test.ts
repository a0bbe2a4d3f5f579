import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { randomHex, Secret } from "../kernel/index.ts";
import { readProxySettings, writeProxySettings } from "./settings.ts";

const SETTINGS = { logLevel: "info", tls: undefined, publicHost: undefined } as const;

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "hublet-settings-"));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test("a link that a taken-over proxy lays in the shared folder does not lead the hub's pen elsewhere", (t) => {
  const shared = folder(t);
  const [file, victim] = [join(shared, "settings.json"), join(folder(t), "hublet.db")];
  const key = new Secret(randomHex(32));
  writeFileSync(victim, "people");
  symlinkSync(victim, `${file}.next`);
  symlinkSync(victim, file);
  writeProxySettings(file, SETTINGS, key);
  assert.equal(readFileSync(victim, "utf8"), "people");
  assert.ok(lstatSync(file).isFile());
  assert.deepEqual(readProxySettings(file, key), SETTINGS);
});

test("nor does a folder in its place keep the hub from writing", (t) => {
  const file = join(folder(t), "settings.json");
  mkdirSync(join(`${file}.next`, "full"), { recursive: true });
  const key = new Secret(randomHex(32));
  writeProxySettings(file, SETTINGS, key);
  assert.deepEqual(readProxySettings(file, key), SETTINGS);
});
