/** The files were written by Python's own libraries (gdbm 1.23, Berkeley DB 5.3, dbm.dumb, dbm.sqlite3), as FirstUseAuthenticator does. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { compareSync } from "bcryptjs";
import { readDbm } from "./read.ts";

const PEOPLE = { admin: "the admin of old", "anna-maria": "naïve pass word", bob: "bobs own password" };

function unpacked(t: TestContext, ...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-dbm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of names)
    writeFileSync(
      join(folder, name),
      gunzipSync(readFileSync(join(import.meta.dirname, "../../../../test/fixtures/dbm", `${name}.gz`))),
    );
  return folder;
}

for (const [path, ...files] of [
  ["gnu-passwords.dbm", "gnu-passwords.dbm"],
  ["ndbm-passwords.dbm", "ndbm-passwords.dbm.db"],
  ["dumb-passwords.dbm", "dumb-passwords.dbm.dat", "dumb-passwords.dbm.dir"],
  ["sqlite3-passwords.dbm", "sqlite3-passwords.dbm"],
] as const) {
  test(`${path}: names and the passwords that were theirs, and nobody who was removed`, (t) => {
    const entries = readDbm(join(unpacked(t, ...files), path));
    assert.deepEqual([...entries.keys()].sort(), Object.keys(PEOPLE));
    for (const [name, password] of Object.entries(PEOPLE))
      assert.ok(compareSync(password, entries.get(name) ?? ""), name);
  });
}

for (const [path, file] of [
  ["gnu-many.dbm", "gnu-many.dbm"],
  ["ndbm-many.dbm", "ndbm-many.dbm.db"],
] as const) {
  test(`${path}: everybody of a course, over many pages`, (t) => {
    const entries = readDbm(join(unpacked(t, file), path));
    assert.equal(entries.size, 253);
    assert.ok([...entries.values()].every((hash) => /^\$2b\$04\$.{53}$/.test(hash)));
    assert.ok(compareSync("password of 249", entries.get("student249") ?? ""));
  });
}

test("what is missing, another file or a damaged one is said with its path", (t) => {
  const folder = unpacked(t, "gnu-passwords.dbm");
  assert.throws(() => readDbm(join(folder, "none.dbm")), { code: "not-found", message: /none\.dbm\.db/ });
  writeFileSync(join(folder, "text.dbm"), "x".repeat(2000));
  assert.throws(() => readDbm(join(folder, "text.dbm")), { code: "bad-request", message: /text\.dbm/ });
  const whole = readFileSync(join(folder, "gnu-passwords.dbm"));
  for (const length of [64, 100, 4000, 5000]) {
    writeFileSync(join(folder, "cut.dbm"), whole.subarray(0, length));
    assert.throws(() => readDbm(join(folder, "cut.dbm")), { code: "bad-request" }, String(length));
  }
});
