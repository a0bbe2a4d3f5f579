import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse } from "../test-support/house.ts";

test("files with a hash in their name are kept for ever, compressed, and not sent twice", async (t) => {
  const house = await openHouse(t);
  const path = "/hub/static/assets/main-abcdef12.js";
  const plain = await house.send("GET", path);
  assert.equal(plain.status, 200);
  assert.match(String(plain.headers["cache-control"]), /immutable/);
  assert.equal(plain.headers["x-content-type-options"], "nosniff");
  for (const encoding of ["br", "gzip"]) {
    const packed = await house.send("GET", path, { headers: { "accept-encoding": encoding } });
    assert.equal(packed.headers["content-encoding"], encoding);
    assert.ok(Number(packed.headers["content-length"]) < Number(plain.headers["content-length"]));
  }
  const again = await house.send("GET", path, { headers: { "if-none-match": String(plain.headers.etag) } });
  assert.equal(again.status, 304);
  assert.equal((await house.send("HEAD", path)).status, 200);
  assert.equal((await house.send("GET", "/hub/logo")).headers["content-type"], "image/svg+xml");
});

test("nothing outside the built pages is served, nor their unfilled shell", async (t) => {
  const house = await openHouse(t);
  for (const name of [
    "../hublet.db",
    "..%2Fhublet.db",
    "%2e%2e/hublet.db",
    "app.html",
    "",
    "nosuch",
    "__proto__",
    "assets",
  ])
    assert.equal((await house.send("GET", `/hub/static/${name}`)).status, 404, name);
});

test("reports of violated policies are taken from anybody and thrown away", async (t) => {
  const house = await openHouse(t);
  const headers = { "content-type": "application/csp-report" };
  const answer = await house.send("POST", "/hub/security/csp-report", { headers, body: { "csp-report": {} } });
  assert.equal(answer.status, 204);
  const large = await house.send("POST", "/hub/security/csp-report", { headers, body: "x".repeat(100_000) });
  assert.equal(large.status, 413);
});
