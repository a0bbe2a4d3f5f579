import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { told } from "./sending.ts";

test("a small folder goes without words, a large one tells of each 100 MB, and all of it arrives", async () => {
  const notes: string[] = [];
  const note = (line: string): void => void notes.push(line);
  assert.equal((await buffer(told(Readable.from([Buffer.from("ab"), Buffer.from("c")]), note))).toString(), "abc");
  assert.equal(notes.length, 0);
  const part = Buffer.alloc(60_000_000);
  const large = told(Readable.from([part, part, part, part]), note);
  let bytes = 0;
  for await (const chunk of large) bytes += (chunk as Buffer).length;
  assert.equal(bytes, 240_000_000);
  assert.deepEqual(
    notes.map((line) => line.slice(0, 11)),
    ["Sent 120 MB", "Sent 240 MB"],
  );
});

test("a folder that cannot be read breaks off, and one that nobody takes is let go", async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from("a");
      throw new Error("x cannot go along");
    })(),
  );
  await assert.rejects(buffer(told(broken, () => undefined)), /x cannot go along/);
  const tar = new Readable({ read: () => undefined });
  const closed = new Promise((resolve) => tar.on("close", resolve));
  told(tar, () => undefined).destroy();
  await closed;
  assert.ok(tar.destroyed);
});
