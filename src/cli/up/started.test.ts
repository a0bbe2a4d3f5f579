import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { snapshotFromText } from "../../config/index.ts";
import { Secret } from "../../kernel/index.ts";
import { type StatePaths, statePaths } from "../instance.ts";
import { keepStarted, readStarted, writeStarted } from "./started.ts";

const KEY = new Secret("k".repeat(64));

function folder(t: TestContext): StatePaths {
  const state = mkdtempSync(join(tmpdir(), "hublet-started-"));
  t.after(() => rmSync(state, { recursive: true }));
  const paths = statePaths(state);
  mkdirSync(paths.run);
  return paths;
}

function labWith(text: string, database: string) {
  return snapshotFromText(`${text}\ndatabase: {secret: db}\n`, { secrets: { db: `postgresql://u:${database}@db/x` } });
}

test("the database's address is kept sealed, and opened by the hub's key alone", (t) => {
  const paths = folder(t);
  writeStarted(paths, labWith("listen: 127.0.0.1:9000", "geheim"), KEY);
  assert.doesNotMatch(readFileSync(paths.started, "utf8"), /geheim/);
  assert.equal(readStarted(paths, KEY).databaseUrl, "postgresql://u:geheim@db/x");
  assert.throws(() => readStarted(paths, new Secret("x".repeat(64))), { code: "state-unusable" });
});

test("a hub that is started again goes on with what was applied, until something else is applied", (t) => {
  const paths = folder(t);
  assert.equal(keepStarted(paths, undefined, KEY, "one"), false);
  writeStarted(paths, labWith("listen: 127.0.0.1:9000", "old"), KEY, { settled: "one" });
  const edited = snapshotFromText("listen: 127.0.0.1:9001\ndatabase: sqlite\n");
  assert.equal(keepStarted(paths, edited, KEY, "one"), true);
  assert.equal(readStarted(paths, KEY).keys.listen, "127.0.0.1:9000");
  assert.equal(readStarted(paths, KEY).databaseUrl, "postgresql://u:old@db/x");
  assert.equal(keepStarted(paths, undefined, KEY, "one"), true);
  assert.equal(keepStarted(paths, edited, KEY, "two"), false);
});

test("a new password of the same database is taken over, its other keys are not", (t) => {
  const paths = folder(t);
  writeStarted(paths, labWith("listen: 127.0.0.1:9000", "old"), KEY, { settled: "one" });
  assert.equal(keepStarted(paths, labWith("listen: 127.0.0.1:9001", "new"), KEY, "one"), true);
  const { keys, databaseUrl } = readStarted(paths, KEY);
  assert.equal(databaseUrl, "postgresql://u:new@db/x");
  assert.equal(keys.listen, "127.0.0.1:9000");
});
