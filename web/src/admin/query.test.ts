import assert from "node:assert/strict";
import { test } from "node:test";
import { isFiltered, queryOf, withQuery } from "./query.ts";

test("an odd address shows the whole list", () => {
  const odd = new URLSearchParams("state=x&sort=y&offset=-3");
  assert.deepEqual(queryOf(odd), { search: "", state: "all", group: "", sort: "name", offset: 0 });
});

test("defaults are left out of the address, the rest is kept", () => {
  const params = withQuery(new URLSearchParams("search=al&offset=100&group=staff"), { state: "admin", offset: 0 });
  assert.equal(params.toString(), "search=al&state=admin&group=staff");
  assert.equal(isFiltered(queryOf(params)), true);
  assert.equal(isFiltered(queryOf(new URLSearchParams("sort=-name"))), false);
});
