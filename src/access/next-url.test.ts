import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { safeNext } from "./next-url.ts";

const HUB = { baseUrl: "/", origin: "http://hub.example:8000" };
const BELOW = { baseUrl: "/jh/", origin: "https://lab.example" };

describe("where to go after sign-in", () => {
  for (const [next, expected] of [
    ["/user/alice/lab?x=1#top", "/user/alice/lab?x=1#top"],
    ["/user/carol@x%20y/lab", "/user/carol@x%20y/lab"],
    ["/user/carol%40x%20y/lab", "/user/carol%40x%20y/lab"],
    ["/hub/spawn?next=%2Fuser%2Falice%2F", "/hub/spawn?next=%2Fuser%2Falice%2F"],
    ["http://hub.example:8000/hub/home", "/hub/home"],
    ["HTTP://HUB.example:8000/hub/home", "/hub/home"],
    ["/a\\b", "/a%5Cb"],
  ] as const) {
    test(`${next} is followed`, () => assert.equal(safeNext(next, HUB), expected));
  }

  for (const evil of [
    undefined,
    "",
    "lab",
    "https://evil/",
    "//evil",
    "///evil",
    "////evil",
    "\\\\evil",
    "/\\evil/..//x",
    "\\/evil",
    "/\t/evil",
    "/\n/evil",
    "\t//evil",
    " //evil",
    "http:evil",
    "http:/evil",
    "http:///evil",
    "https:\\\\evil",
    "http://hub.example:8000@evil/",
    "http://user@hub.example:8000/",
    "http://hub.example:8001/",
    "https://hub.example:8000/",
    "http://hub.example:8000//evil",
    "http://hub.example:8000.evil/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/..//evil",
    "/.//evil",
    "/%2e//evil",
    "/x/../..//evil",
    "/\r\nSet-Cookie: a=b",
    "/\u0000",
    "mailto:x@y",
  ]) {
    test(`attack: open redirect to ${JSON.stringify(evil)} is dropped or stays here`, () => {
      const to = safeNext(evil, HUB);
      if (to === undefined) return;
      assert.equal(new URL(to, HUB.origin).origin, HUB.origin);
      assert.match(to, /^\/(?!\/)/);
    });
  }

  for (const evil of ["https://evil/", "//evil", "///evil", "\\\\evil", "\\/evil"]) {
    test(`${evil} is dropped`, () => assert.equal(safeNext(evil, HUB), undefined));
  }

  test("paths outside of the hub are dropped, however they are spelt", () => {
    assert.equal(safeNext("/jh/hub/home", BELOW), "/jh/hub/home");
    for (const next of ["/other", "/jh", "/jhx/", "/jh/../other", "/jh/%2e%2e/other", "https://lab.example/other"]) {
      assert.equal(safeNext(next, BELOW), undefined);
    }
  });

  test("whatever comes in, a browser stays on the hub and below its base", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "..",
      ".",
      "%2e",
      "%2f",
      "evil",
      "@",
      ":",
      "http:",
      "https://",
      "lab.example",
      "jh",
      "\t",
      "\n",
      " ",
      "?",
      "#",
      "\u3000",
      "／",
      "。",
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((parts) => parts.join("")),
      fc.webUrl(),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (next) => {
        const to = safeNext(next, BELOW);
        if (to === undefined) return;
        assert.match(to, /^[\x21-\x7e]+$/, "fit for a header");
        // As a browser on any page of the hub would resolve it, also when its backslashes are slashes.
        for (const location of [to, to.replaceAll("%5C", "\\")]) {
          assert.equal(new URL(location, "https://lab.example/jh/hub/login").origin, BELOW.origin);
        }
        assert.ok(new URL(to, BELOW.origin).pathname.startsWith("/jh/"));
      }),
      { numRuns: 3000 },
    );
  });
});
