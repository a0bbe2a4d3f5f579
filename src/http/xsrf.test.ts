/** Checklist 120–125 of the protocol (9.9): requests that other sites, or other people's servers, make a browser send. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse } from "./test-support/house.ts";

test("120: reading with a cookie needs the token, unless the browser says that it is a page of ours or no script", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const get = async (headers: Record<string, string>, query = "") =>
    (await alice.send("GET", `/hub/api/user${query}`, { headers })).status;
  assert.equal(await get({}), 200);
  assert.equal(await get({ "sec-fetch-mode": "cors" }), 403);
  assert.equal(await get({ "sec-fetch-mode": "cors", "x-xsrftoken": alice.xsrf }), 200);
  assert.equal(await get({ "sec-fetch-mode": "cors" }, `?_xsrf=${alice.xsrf}`), 200);
  assert.equal(await get({ "sec-fetch-mode": "no-cors", "sec-fetch-site": "same-origin" }), 200);
  assert.equal(await get({ "sec-fetch-mode": "no-cors", "sec-fetch-site": "same-site" }), 403);
});

test("121, 122: writing with a cookie needs the right token: this person's, of this sign-in", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const bob = await house.browserOf("bob");
  const nobody = await house.browserOf("");
  await nobody.open("/hub/login");
  const post = (xsrf: string) =>
    alice.send("POST", "/hub/api/users/alice/tokens", {
      body: {},
      headers: xsrf === "" ? {} : { "x-xsrftoken": xsrf },
    });
  const missing = await post("");
  assert.deepEqual([missing.status, missing.json().message], [403, "'_xsrf' argument missing from POST"]);
  for (const wrong of ["bogus", bob.xsrf, nobody.xsrf]) assert.equal((await post(wrong)).status, 403);
  assert.equal((await post(alice.xsrf)).status, 201);
  alice.cookies.set("_xsrf", bob.xsrf);
  assert.equal((await post(bob.xsrf)).status, 403);
});

test("123: what a form of another site can send does not count as signed in, even with the right token", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const headers = { "content-type": type, "x-xsrftoken": alice.xsrf };
    const path = `/hub/api/users/alice/tokens?_xsrf=${alice.xsrf}`;
    assert.equal((await alice.send("POST", path, { body: "{}", headers })).status, 403, type);
  }
});

test("124: a token needs nothing else", async (t) => {
  const house = await openHouse(t);
  const headers = { ...(await house.tokenOf("alice")), origin: "https://elsewhere.example", "sec-fetch-mode": "cors" };
  assert.equal((await house.send("POST", "/hub/api/users/alice/tokens", { headers })).status, 201);
});

test("125: of two _xsrf cookies the one that verifies counts, in either order", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const rest = `jupyterhub-hub-login=${alice.cookies.get("jupyterhub-hub-login")}`;
  for (const cookie of [`_xsrf=other; _xsrf=${alice.xsrf}; ${rest}`, `_xsrf=${alice.xsrf}; _xsrf=other; ${rest}`]) {
    const headers = { cookie, "x-xsrftoken": alice.xsrf };
    assert.equal((await house.send("POST", "/hub/api/users/alice/tokens", { headers })).status, 201);
  }
});
