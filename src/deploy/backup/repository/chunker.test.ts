/** Streams are cut where their content says so. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { CHUNK_SIZES, type ChunkSizes, chunksOf } from "./chunker.ts";
import { repositoryKeys } from "./keys.ts";

const { gear } = repositoryKeys(Buffer.alloc(32, 7));
const SMALL: ChunkSizes = { least: 16, usual: 64, most: 256 };

async function cut(pieces: readonly Buffer[], sizes: ChunkSizes): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(pieces, gear, sizes)) chunks.push(chunk);
  return chunks;
}

test("any bytes in any pieces come out as they were, in chunks of the right sizes that do not depend on the pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 4000 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      async (bytes, lengths) => {
        const whole = Buffer.from(bytes);
        const pieces: Buffer[] = [];
        for (let at = 0, n = 0; at < whole.length; n++) {
          const length = lengths[n % lengths.length] ?? 1;
          pieces.push(whole.subarray(at, at + length));
          at += length;
        }
        const chunks = await cut(pieces, SMALL);
        assert.deepEqual(Buffer.concat(chunks), whole);
        for (const chunk of chunks.slice(0, -1)) assert.ok(chunk.length >= SMALL.least && chunk.length <= SMALL.most);
        assert.deepEqual(chunks, await cut([whole], SMALL));
      },
    ),
  );
});

test("memory that the source uses again does not change what was cut", async () => {
  const reused = Buffer.alloc(10);
  const source = (function* () {
    for (let n = 0; n < 100; n++) yield reused.fill(n);
  })();
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(source, gear, SMALL)) chunks.push(chunk);
  assert.deepEqual(Buffer.concat(chunks), Buffer.concat(Array.from({ length: 100 }, (_, n) => Buffer.alloc(10, n))));
});

test("an insertion changes the chunks around it and no others; a stream of zeros is one chunk again and again", async () => {
  const whole = randomBytes(16 * 1024 * 1024);
  const names = (chunks: readonly Buffer[]) => chunks.map((chunk) => createHash("sha256").update(chunk).digest("hex"));
  const before = names(await cut([whole], CHUNK_SIZES));
  const after = names(
    await cut([whole.subarray(0, 5_000_000), Buffer.from("new"), whole.subarray(5_000_000)], CHUNK_SIZES),
  );
  assert.ok(before.length > 6, `${before.length} chunks`);
  const changed = after.filter((name) => !before.includes(name));
  assert.ok(changed.length >= 1 && changed.length <= 2, `${changed.length} changed`);
  const zeros = names(await cut([Buffer.alloc(13 * 1024 * 1024)], CHUNK_SIZES));
  assert.equal(new Set(zeros.slice(0, -1)).size, 1);
});
