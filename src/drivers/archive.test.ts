/** An archive is there whole, or not at all. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { writeArchive } from "./archive.ts";

const END = Buffer.alloc(1024);
const { signal } = new AbortController();

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-archive-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("what comes is packed as it is, over what an earlier try left, and in pieces of any size", async (t) => {
  const folder = folderOf(t);
  const file = join(folder, "a.tar.gz");
  await writeFile(`${file}.part`, "left by a crash");
  const body = randomBytes(100_000);
  const whole = Buffer.concat([body, END]);
  const pieces = Array.from({ length: Math.ceil(whole.length / 700) }, (_, n) =>
    whole.subarray(n * 700, n * 700 + 700),
  );
  await writeArchive(Readable.from(pieces), file, signal);
  assert.deepEqual(gunzipSync(await readFile(file)), whole);
  assert.deepEqual(await readdir(folder), ["a.tar.gz"]);
});

test("a tar that is cut short, empty or breaks off is not kept", async (t) => {
  const folder = folderOf(t);
  const file = join(folder, "a.tar.gz");
  for (const pieces of [[], [randomBytes(2048)], [END.subarray(1)], [randomBytes(512), END.subarray(512)]])
    await assert.rejects(writeArchive(Readable.from(pieces), file, signal), { code: "command-failed" });
  const breaking = Readable.from(
    (async function* () {
      yield randomBytes(1024);
      throw new Error("the engine went");
    })(),
  );
  await assert.rejects(writeArchive(breaking, file, signal), /the engine went/);
  assert.deepEqual(await readdir(folder), []);
});

test("a full disk is said in words, and what was written is gone", async (t) => {
  const folder = folderOf(t);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  try {
    const file = join(folder, "a.tar.gz");
    const pieces = [...Array.from({ length: 40 }, () => randomBytes(100_000)), END];
    await assert.rejects(writeArchive(Readable.from(pieces), file, signal), {
      code: "disk-full",
      message: /No space is left for the archive .*a\.tar\.gz.* Free some space/,
    });
    assert.deepEqual(await readdir(folder), []);
  } finally {
    execFileSync("umount", [folder]);
  }
});
