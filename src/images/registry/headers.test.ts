import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { readChallenges } from "./challenge.ts";
import { nextPage } from "./link.ts";

describe("what a registry asks to sign in with", () => {
  test("is read as the specification writes it", () => {
    const text =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"';
    assert.deepEqual(readChallenges(text), [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:a/b:pull,push",
        },
      },
    ]);
  });

  test("may be several, with bare words and escaped quotes", () => {
    assert.deepEqual(readChallenges('Basic realm="a \\"b\\"", charset=utf-8, Negotiate, BEARER Realm=x'), [
      { scheme: "basic", parameters: { realm: 'a "b"', charset: "utf-8" } },
      { scheme: "negotiate", parameters: {} },
      { scheme: "bearer", parameters: { realm: "x" } },
    ]);
  });

  test("is read back, whatever the values", () => {
    const value = fc.stringMatching(/^[\x20-\x7e]{0,20}$/);
    fc.assert(
      fc.property(value, value, (realm, service) => {
        const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
        const [read] = readChallenges(`Bearer realm=${quoted(realm)},service=${quoted(service)}`);
        assert.deepEqual(read?.parameters, { realm, service });
      }),
    );
  });

  test("never hangs or throws", () => {
    fc.assert(fc.property(fc.string(), (text) => readChallenges(text).length >= 0));
    const started = performance.now();
    readChallenges(`Basic ${'a="\\'.repeat(5_000)}`);
    readChallenges(`Basic ${" ,".repeat(20_000)}`);
    readChallenges("a".repeat(16_000));
    assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`);
  });
});

describe("the next page", () => {
  const cases: readonly [string | undefined, string | undefined][] = [
    ['</v2/_catalog?last=b&n=2>; rel="next"', "/v2/_catalog?last=b&n=2"],
    ['<https://other.example/v2/_catalog?last=b>; rel="next"', "/v2/_catalog?last=b"],
    ["</v2/x/tags/list?last=b>;rel=next", "/v2/x/tags/list?last=b"],
    ['</v2/a>; rel="prev", </v2/b>; title="x"; rel="last next"', "/v2/b"],
    ['<_catalog?last=b>; rel="next"', "/v2/_catalog?last=b"],
    ['</v2/a>; rel="prev"', undefined],
    ['</v2/../admin>; rel="next"', undefined],
    ["nonsense", undefined],
    [undefined, undefined],
  ];
  for (const [header, expected] of cases) {
    test(`of ${header} is ${expected}`, () => assert.equal(nextPage(header), expected));
  }

  test("never hangs", () => {
    const started = performance.now();
    nextPage("<".repeat(16_000));
    nextPage(`<>${"; a".repeat(5_000)}`);
    assert.ok(performance.now() - started < 10_000);
  });
});
