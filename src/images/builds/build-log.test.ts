import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openBuildLog, readEndedLog } from "./build-log.ts";

test("a log that grows too long keeps its beginning and its end, for readers and in its file", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-log-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "log.txt");
  const log = openBuildLog(file, 200);
  const lines = Array.from({ length: 100 }, (_, number) => `line ${String(number).padStart(3, "0")}`);
  for (const line of lines) log.add(line);
  await log.end();
  const read: string[] = [];
  for await (const line of log.read(AbortSignal.timeout(20_000))) read.push(line);
  assert.equal(read[0], "line 000");
  assert.equal(read.at(-1), "line 099");
  const gap = read.findIndex((line) => line.includes("left out"));
  const said = Number(/\d+/.exec(read[gap] ?? "")?.[0]);
  assert.equal(read.length - 1 + said, lines.length);
  assert.ok(readFileSync(file).length < 500);
  const again: string[] = [];
  for await (const line of readEndedLog(file, AbortSignal.timeout(20_000))) again.push(line);
  assert.deepEqual(again, read);
});

test("a log that is gone is empty", async () => {
  const lines: string[] = [];
  for await (const line of readEndedLog("/no/such/log.txt", AbortSignal.timeout(20_000))) lines.push(line);
  assert.deepEqual(lines, []);
});
