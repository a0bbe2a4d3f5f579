import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { matchesImage, matchesText } from "./matches.ts";

const OURS = "localhost:5000";
const DIGEST = `sha256:${"a1".repeat(32)}`;

describe("patterns of images", () => {
  const cases: readonly [pattern: string, reference: string, registry: string | undefined, expected: boolean][] = [
    ["localhost:5000/lab/*", "localhost:5000/lab/uspy:2.1", OURS, true],
    ["localhost:5000/lab/*", "localhost:5000/lab/deep/uspy", OURS, true],
    ["localhost:5000/lab/*", "localhost:5000/laboratory/uspy", OURS, false],
    ["localhost:5000/lab/uspy:2.*", "localhost:5000/lab/uspy:2.1", OURS, true],
    ["localhost:5000/lab/uspy:2.*", "localhost:5000/lab/uspy:3.0", OURS, false],
    ["localhost:5000/lab/uspy:2.*", "localhost:5000/lab/uspy", OURS, false],
    ["localhost:5000/lab/uspy", "localhost:5000/lab/uspy:3.0", OURS, true],
    ["localhost:5000/*", "localhost:5001/lab/uspy", OURS, false],
    ["lab/*", "localhost:5000/lab/uspy:1", OURS, true],
    ["lab/*", "docker.io/lab/uspy:1", OURS, false],
    ["lab/*", "lab/uspy:1", undefined, true],
    ["*", "localhost:5000/lab/uspy:1", OURS, true],
    ["*", "quay.io/lab/uspy:1", OURS, false],
    ["debian", "docker.io/library/debian:13", OURS, true],
    ["debian:13", "localhost:5000/debian:13", OURS, true],
    ["docker.io/debian:*", "debian:13", undefined, true],
    ["quay.io/jupyter/*", "quay.io/jupyter/minimal-notebook", OURS, true],
    ["*.example.org/x", "a.example.org/x", OURS, true],
    ["localhost:5000/lab/uspy:*", "localhost:5000/lab/uspy", OURS, true],
    [`lab/uspy@${DIGEST}`, `localhost:5000/lab/uspy@${DIGEST}`, OURS, true],
    ["lab/uspy", `localhost:5000/lab/uspy@${DIGEST}`, OURS, true],
    // What a tag allows is that tag's content: a digest beside it may be any other.
    ["lab/uspy:2.*", `localhost:5000/lab/uspy:2.1@${DIGEST}`, OURS, false],
    ["", "localhost:5000/lab/uspy", OURS, false],
    ["lab/*", "not an image", OURS, false],
  ];
  for (const [pattern, reference, registry, expected] of cases) {
    test(`“${pattern}” ${expected ? "names" : "does not name"} ${reference.slice(0, 60)}`, () => {
      assert.equal(matchesImage(pattern, reference, registry), expected);
    });
  }

  test("stars are as regular expressions have them", () => {
    const text = fc.stringMatching(/^[ab/]{0,8}$/);
    const pattern = fc.stringMatching(/^[ab/*]{0,8}$/);
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const expression = new RegExp(`^${p.replaceAll("*", ".*")}$`);
        assert.equal(matchesText(p, t), expression.test(t));
      }),
      { numRuns: 3000 },
    );
  });

  test("many stars do not hang it", () => {
    const started = performance.now();
    assert.equal(matchesText(`${"a*".repeat(2000)}b`, "a".repeat(20_000)), false);
    assert.ok(performance.now() - started < 10_000);
  });
});
