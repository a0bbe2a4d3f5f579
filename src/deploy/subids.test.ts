import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { freeRange, LEAST_COUNT, overlaps, parseRanges, WIDE_COUNT } from "./subids.ts";

describe("ranges of subordinate ids", () => {
  it("begin at 100000 on a fresh host, and are a million wide", () => {
    assert.deepEqual(freeRange([], [0, 1000, 65_534]), { start: 100_000, count: WIDE_COUNT });
  });

  it("avoid a wide range that is not on the last line (the block after the last line would lie inside it)", () => {
    const taken = parseRanges("b:524288:131072\na:100000:65536\n");
    assert.deepEqual(freeRange(taken, []), { start: 655_360, count: WIDE_COUNT });
  });

  it("never overlap a range or a real account, whatever is there", () => {
    const range = fc.record({
      start: fc.integer({ min: 0, max: 2 ** 31 }),
      count: fc.integer({ min: 0, max: 2 ** 24 }),
    });
    const near = fc.record({
      start: fc.integer({ min: 90_000, max: 3_000_000 }),
      count: fc.integer({ min: 0, max: 300_000 }),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(range, near)), fc.array(fc.integer({ min: 0, max: 2 ** 31 })), (taken, ids) => {
        const free = freeRange(taken, ids);
        if (free === undefined) return;
        assert.ok(free.start >= 100_000 && free.start + free.count < 2 ** 31 && free.count >= LEAST_COUNT);
        for (const other of taken) assert.ok(!overlaps(free, other));
        for (const id of ids) assert.ok(!overlaps(free, { start: id, count: 1 }));
      }),
    );
  });

  it("become narrower before they give up", () => {
    const end = 2 ** 31 - 1;
    const room = 200_000;
    assert.deepEqual(freeRange([{ start: 0, count: end - room }], []), { start: end - room, count: 131_072 });
    assert.equal(freeRange([{ start: 0, count: end }], []), undefined);
  });

  it("are read without comments and broken lines", () => {
    assert.deepEqual(parseRanges("# a:1:2\na:100000:65536\nbroken\n1000:5:6"), [
      { owner: "a", start: 100_000, count: 65_536 },
      { owner: "1000", start: 5, count: 6 },
    ]);
  });
});
