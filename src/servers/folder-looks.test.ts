/** Folders are looked at without being held up by shares that are away. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { systemClock } from "../kernel/index.ts";
import { FolderLooks } from "./folder-looks.ts";

test("what is there is found, what is not is missing", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "file"), "x");
  const looks = new FolderLooks(systemClock);
  assert.deepEqual(await looks.look(join(folder, "data")), { kind: "there" });
  assert.deepEqual(await looks.look(join(folder, "nothing")), { kind: "missing" });
  assert.deepEqual(await looks.look(join(folder, "file", "below")), { kind: "missing" });
});

test("a folder that keeps this account out is named, not only what lies below", async () => {
  const looks = new FolderLooks(systemClock, async (path) => {
    if (path.startsWith("/srv/closed/")) throw Object.assign(new Error("no"), { code: "EACCES" });
  });
  assert.deepEqual(await looks.look("/srv/closed/a/b"), { kind: "unreachable", at: "/srv/closed" });
});

test("shares that hang answer “mute” in time, share one look each, and leave threads for everybody else", async () => {
  const asked: string[] = [];
  const hanging = Promise.withResolvers<void>();
  const hurried = { now: systemClock.now, sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(20, signal) };
  const looks = new FolderLooks(hurried, async (path) => {
    asked.push(path);
    await hanging.promise;
  });
  for (const path of ["/a", "/a", "/b", "/c", "/a"]) assert.deepEqual(await looks.look(path), { kind: "mute" });
  assert.deepEqual(asked, ["/a", "/b"], "two looks at most are under way");
  hanging.resolve();
  assert.deepEqual(await looks.look("/c"), { kind: "there" });
  assert.deepEqual(await looks.look("/a"), { kind: "there" });
});
