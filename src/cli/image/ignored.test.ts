import assert from "node:assert/strict";
import { test } from "node:test";
import { readIgnored } from "./ignored.ts";

test("patterns leave out what Docker's and Podman's builders leave out", () => {
  const { matches, hasExceptions } = readIgnored(
    "# comment\n*.key\n/data/\n**/cache\ndocs/*.md\n!docs/README.md\na?c[0-9]\n./x/../y\n",
  );
  assert.ok(hasExceptions);
  for (const path of ["a.key", "data", "data/big.bin", "cache", "deep/er/cache", "deep/cache/x", "docs/a.md", "abc7"])
    assert.ok(matches(path), path);
  for (const path of ["sub/a.key", "my/data", "docs/README.md", "docs/sub/a.md", "caches", "abcx", "a/c7"])
    assert.equal(matches(path), false, path);
});

test("the last pattern that fits decides, and all may be ignored but one file", () => {
  const { matches } = readIgnored("**\n!src/**\nsrc/*.log\n");
  assert.equal(matches("src/deep/a.ts"), false);
  assert.ok(matches("src/a.log"));
  assert.ok(matches("other"));
});
