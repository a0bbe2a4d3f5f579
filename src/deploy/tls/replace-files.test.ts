/** Files that belong together: all are replaced, or none. */
import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { replaceFiles } from "./replace-files.ts";

function folderOf(t: TestContext): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-pair-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}
const mode = (path: string): number => statSync(path).mode & 0o777;

test("new files are the owner's; those that are there keep their mode, but a key is never open to everybody", (t) => {
  const at = folderOf(t);
  const pair = (text: string) =>
    replaceFiles([
      { path: at("tls/a.key"), text, secret: true },
      { path: at("tls/a.crt"), text, secret: false },
    ]);
  pair("one");
  assert.deepEqual([mode(at("tls/a.key")), mode(at("tls/a.crt"))], [0o600, 0o644]);
  chmodSync(at("tls/a.key"), 0o644);
  chmodSync(at("tls/a.crt"), 0o600);
  pair("two");
  assert.deepEqual([mode(at("tls/a.key")), mode(at("tls/a.crt"))], [0o640, 0o600]);
  assert.deepEqual(readdirSync(at("tls")), ["a.crt", "a.key"], "nothing else is left");
  assert.equal(readFileSync(at("tls/a.key"), "utf8"), "two");
});

test("when the second cannot be replaced, the first is again what it was", (t) => {
  const at = folderOf(t);
  writeFileSync(at("a.key"), "old");
  mkdirSync(at("a.crt"));
  const files = [
    { path: at("a.key"), text: "new", secret: true },
    { path: at("a.crt"), text: "new", secret: false },
  ];
  assert.throws(() => replaceFiles(files), /cannot be written: .* Nothing was changed/);
  assert.deepEqual([readFileSync(at("a.key"), "utf8"), readdirSync(at("."))], ["old", ["a.crt", "a.key"]]);
  rmSync(at("a.key"));
  assert.throws(() => replaceFiles(files), /Nothing was changed/);
  assert.deepEqual(readdirSync(at(".")), ["a.crt"], "one that was not there is gone again");
});

test("a link goes on leading where it leads", (t) => {
  const at = folderOf(t);
  writeFileSync(at("real.crt"), "old");
  symlinkSync("real.crt", at("a.crt"));
  replaceFiles([{ path: at("a.crt"), text: "new", secret: false }]);
  assert.ok(lstatSync(at("a.crt")).isSymbolicLink());
  assert.equal(readFileSync(at("real.crt"), "utf8"), "new");
});
