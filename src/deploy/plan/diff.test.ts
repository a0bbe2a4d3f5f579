import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { diffLines, wholeText } from "./diff.ts";

test("shows what changed with two lines around it", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  assert.deepEqual(diffLines(before, before.replace("5", "five")), ["  3", "  4", "- 5", "+ five", "  6", "  7"]);
});

test("leaves out what lies between two changes", () => {
  const before = "a\n1\n2\n3\n4\n5\n6\nb\n";
  const shown = diffLines(before, before.replace("a", "A").replace("b", "B"));
  assert.deepEqual(shown, ["- a", "+ A", "  1", "  2", "  …", "  5", "  6", "- b", "+ B"]);
});

test("the removed and the kept lines are the old text, the added and the kept ones the new", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const shown = diffLines(before.map((line) => `${line}\n`).join(""), after.map((line) => `${line}\n`).join(""));
      const side = (sign: string): string =>
        shown
          .filter((line) => line.startsWith(sign) || line.startsWith(" "))
          .map((line) => line.slice(2))
          .join("");
      // Texts so short are shown whole, but for what both begin or end with.
      const rest = (lines: string[], other: string[]): boolean =>
        before.join() === after.join() || lines.join("").includes(side(other === after ? "-" : "+"));
      return rest(before, after) && rest(after, before);
    }),
  );
});

test("passwords in addresses are hidden", () => {
  assert.deepEqual(wholeText("+", "database: postgres://hub:s3cret@db/hub\n"), ["+ database: postgres://hub:…@db/hub"]);
  assert.doesNotMatch(diffLines("url: a://u:one@h\n", "url: a://u:two@h\n").join(), /one|two/);
});
