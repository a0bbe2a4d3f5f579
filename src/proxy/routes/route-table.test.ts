import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../kernel/index.ts";
import { makeRoute, type Route } from "./route.ts";
import { cleanPath, RouteTable } from "./route-table.ts";

function route(path: string): Route {
  const settings = { customHeaders: {}, timeout: 0, clock: systemClock };
  return makeRoute(path, { target: "http://127.0.0.1:1" }, 0, settings, undefined);
}

const segment = fc.constantFrom("a", "b", "ab", "a b", "é@", "%", "__proto__", "constructor");
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join("/")}`);

test("the table finds what a search through all routes finds", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(path, { maxLength: 8 }),
      fc.uniqueArray(path, { maxLength: 4 }),
      path,
      (added, removed, asked) => {
        const table = new RouteTable();
        for (const each of added) table.set(route(each));
        for (const each of removed) assert.equal(table.delete(each), added.includes(each));
        const left = added.filter((each) => !removed.includes(each));
        const best = left
          .filter((each) => each === "/" || asked === each || asked.startsWith(`${each}/`))
          .sort((one, other) => other.length - one.length)[0];
        assert.equal(table.find(`${asked.split("/").map(encodeURIComponent).join("/")}?q=/a/b`)?.path, best);
      },
    ),
  );
});

test("paths are kept with a leading slash and without one at the end", () => {
  assert.equal(cleanPath(""), "/");
  assert.equal(cleanPath("/"), "/");
  assert.equal(cleanPath("user/a/"), "/user/a");
});

test("a path that cannot be decoded is an error, not another route", () => {
  assert.throws(() => new RouteTable().find("/%"), URIError);
  assert.throws(() => new RouteTable().find("/%ff"), URIError);
});
