import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HubError } from "../kernel/index.ts";
import { formatReference, parseReference } from "./reference.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;

describe("image references", () => {
  const full: Readonly<Record<string, string>> = {
    debian: "docker.io/library/debian:latest",
    "debian:13": "docker.io/library/debian:13",
    "jupyter/minimal-notebook": "docker.io/jupyter/minimal-notebook:latest",
    "docker.io/debian": "docker.io/library/debian:latest",
    "index.docker.io/debian": "docker.io/library/debian:latest",
    "quay.io/jupyter/minimal-notebook:2025-01-01": "quay.io/jupyter/minimal-notebook:2025-01-01",
    "localhost/hublet/notebook": "localhost/hublet/notebook:latest",
    "localhost:5000/x": "localhost:5000/x:latest",
    "[::1]:5000/x/y": "[::1]:5000/x/y:latest",
    "Registry/x": "Registry/x:latest",
    [`host:5000/a__b/c--d.e:Tag_1@${DIGEST}`]: `host:5000/a__b/c--d.e:Tag_1@${DIGEST}`,
    [`x@${DIGEST}`]: `docker.io/library/x@${DIGEST}`,
  };
  for (const [text, expected] of Object.entries(full)) {
    test(text, () => assert.equal(formatReference(parseReference(text)), expected));
  }

  for (const text of [
    "",
    "UPPER",
    "a//b",
    "/a",
    "a/",
    "a:",
    "a b",
    "quay.io/",
    "x:tag:tag",
    "x@sha256:12",
    "-a",
    `${"a".repeat(256)}`,
    `x:${"t".repeat(129)}`,
    "https://quay.io/x",
    "x;rm -rf",
  ]) {
    test(`${text.slice(0, 20)} is refused`, () => {
      assert.throws(
        () => parseReference(text),
        (error: unknown) => error instanceof HubError && error.code === "bad-config",
      );
    });
  }

  test("any reference of the grammar keeps its parts, and its full form stays itself", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const domain = fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,4}(:[0-9]{1,5})?$/),
      fc.stringMatching(/^[a-z]{1,8}:[0-9]{1,5}$/),
    );
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
    const digest = fc.option(fc.constant(DIGEST), { nil: undefined });
    fc.assert(
      fc.property(domain, path, tag, digest, (d, p, t, g) => {
        const text = `${d}/${p}${t === undefined ? "" : `:${t}`}${g === undefined ? "" : `@${g}`}`;
        const parsed = parseReference(text);
        assert.deepEqual([parsed.domain, parsed.path, parsed.digest], [d, p, g]);
        assert.equal(parsed.tag, t ?? (g === undefined ? "latest" : undefined));
        assert.deepEqual(parseReference(formatReference(parsed)), parsed);
      }),
    );
  });

  test("any text is either read or refused as configuration", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseReference(text);
        } catch (error) {
          assert.ok(error instanceof HubError);
        }
      }),
    );
  });

  test("a long text of one letter does not hang the reader", () => {
    const started = performance.now();
    assert.throws(() => parseReference(`${"a".repeat(50_000)}!`));
    assert.throws(() => parseReference(`${"a-".repeat(50_000)}!`));
    assert.ok(performance.now() - started < 10_000);
  });
});
