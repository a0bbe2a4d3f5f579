import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { sortTags } from "./sort-tags.ts";

/** In the order in which they are offered. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  "latest, then versions, then words": ["latest", "2.1", "2.0", "1.9", "edge", "stable"],
  "numbers, not letters": ["1.10.0", "1.9.0", "1.2.0"],
  "dates of any form, the newest first": ["2024-01-02", "20231204", "2023-12-03", "2023.11.30"],
  "builds of one day": ["2023-12-04-2", "2023-12-04-1", "2023-12-04"],
  "with and without v": ["v2.1.0", "2.0.0", "v1.9.9"],
  "what comes before a release stands after it": ["2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "2.0.0-beta", "1.9"],
  "as Python writes it": ["2.0.post1", "2.0", "2.0rc1", "2.0b2", "2.0a1", "1.9"],
  "variants stand after their release, by name": [
    "3.12",
    "3.12-cuda11",
    "3.12-cuda12",
    "3.12-slim",
    "3.12-rc1",
    "3.11",
  ],
  "floating versions stand below what they stand for": ["2.1.3", "2.1", "2"],
  "numbers of any length": ["123456789012345678901234567890", "99999999999999999999", "7"],
  "a commit is a word": ["1.0", "1a2b3c4", "7f00d", "sha-abc"],
};

describe("the order of tags", () => {
  for (const [name, order] of Object.entries(ORDERS)) {
    test(name, () => {
      assert.deepEqual(sortTags([...order].reverse()), order);
      assert.deepEqual(sortTags([...order].sort()), order);
    });
  }

  const number = fc.nat({ max: 30 });
  const tag = fc.oneof(
    fc.constant("latest"),
    fc.tuple(fc.constantFrom("", "v"), number, number).map(([v, a, b]) => `${v}${a}.${b}`),
    fc
      .tuple(number, number, fc.constantFrom("rc", "beta.", "post", "cuda", "a", "x"), number)
      .map(([a, b, word, c]) => `${a}.${b}-${word}${c}`),
    fc
      .tuple(fc.integer({ min: 2019, max: 2026 }), fc.integer({ min: 10, max: 12 }), fc.integer({ min: 10, max: 28 }))
      .map(([y, m, d]) => `${y}-${m}-${d}`),
    fc.stringMatching(/^[\w][\w.-]{0,12}$/),
  );

  test("does not depend on how they came, and loses and invents none", () => {
    fc.assert(
      fc.property(fc.uniqueArray(tag, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (tags, random) => {
        const sorted = sortTags(tags);
        const shuffled = tags
          .map((name) => ({ name, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ name }) => name);
        assert.deepEqual(sortTags(shuffled), sorted);
        assert.deepEqual(sortTags(sorted), sorted);
        assert.deepEqual([...sorted].sort(), [...tags].sort());
      }),
      { numRuns: 500 },
    );
  });

  test("is an order: of any three, the outer two stand as they do alone", () => {
    fc.assert(
      fc.property(tag, tag, tag, (a, b, c) => {
        const [first, , last] = sortTags([a, b, c]);
        if (first !== undefined && last !== undefined) assert.deepEqual(sortTags([last, first]), [first, last]);
      }),
      { numRuns: 2000 },
    );
  });

  test("latest stands first, and a higher minor version before a lower one", () => {
    fc.assert(
      fc.property(number, number, number, fc.array(tag, { maxLength: 20 }), (major, minor, more, others) => {
        const [low, high] = [`${major}.${minor}`, `${major}.${minor + more + 1}`];
        const sorted = sortTags([low, ...others, high, "latest"]);
        assert.equal(sorted[0], "latest");
        assert.ok(sorted.indexOf(high) < sorted.indexOf(low));
      }),
    );
  });

  test("2000 long tags do not hang it", () => {
    const tags = Array.from({ length: 2000 }, (_, i) => `${"1.".repeat(60)}${i}-`);
    const started = performance.now();
    assert.equal(sortTags(tags).length, 2000);
    assert.ok(performance.now() - started < 10_000);
  });
});
