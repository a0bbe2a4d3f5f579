/** Checklist 143 of the protocol: a share code is accepted on a page of the hub. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type House, openHouse } from "../test-support/house.ts";

async function setUp(t: Parameters<typeof openHouse>[0]) {
  const house = await openHouse(t, { config: { server: { sharing: true } } });
  const headers = await house.tokenOf("alice");
  const { code } = (await house.send("POST", "/hub/api/share-codes/alice/", { headers })).json();
  return { house, code: String(code), page: `/hub/accept-share?code=${code}` };
}

async function sharedWith(house: House, name: string): Promise<number> {
  const headers = await house.tokenOf(name);
  return (await house.send("GET", `/hub/api/users/${name}/shared`, { headers })).json()._pagination.total;
}

test("143: the page says what one gets; accepting gives it and leads to the server", async (t) => {
  const { house, code, page } = await setUp(t);
  const bob = await house.browserOf("bob");
  const shown = await bob.open(page);
  assert.equal(shown.status, 200);
  assert.match(shown.text, /alice lets you into their server/);
  assert.match(shown.text, /Open and use alice’s server/);
  assert.equal(await sharedWith(house, "bob"), 0, "looking is not taking");
  const accepted = await bob.submit("/hub/accept-share", { code });
  assert.deepEqual([accepted.status, accepted.location], [302, "/user/alice/"]);
  assert.equal(await sharedWith(house, "bob"), 1);
  const again = await bob.submit(page, { next: "/hub/home" });
  assert.deepEqual([again.status, again.location], [302, "/hub/home"], "JupyterHub's form has the code in the address");
  const headers = await house.tokenOf("alice");
  const [listed] = (await house.send("GET", "/hub/api/share-codes/alice", { headers })).json().items;
  assert.equal(listed.exchange_count, 2);
  assert.ok(Date.parse(listed.last_exchanged_at) > 0);
});

test("a stranger signs in first, with the way back", async (t) => {
  const { house, page } = await setUp(t);
  const stranger = await house.browserOf("");
  assert.equal((await stranger.open(page)).location, `/hub/login?next=${encodeURIComponent(page)}`);
  const headers = await house.tokenOf("bob");
  assert.equal((await house.send("GET", page, { headers })).status, 302, "tokens open no pages");
});

test("143: one's own code is 400; unknown, expired and missing ones are refused", async (t) => {
  const { house, code, page } = await setUp(t);
  const alice = await house.browserOf("alice");
  assert.equal((await alice.open(page)).status, 400);
  assert.equal((await alice.submit("/hub/accept-share", { code })).status, 400);
  const bob = await house.browserOf("bob");
  assert.equal((await bob.open("/hub/accept-share")).status, 400);
  assert.equal((await bob.open("/hub/accept-share?code=a&code=b")).status, 400);
  for (const wrong of ["nosuch", code.slice(1), `${code}%20`, "%00"]) {
    assert.equal((await bob.open(`/hub/accept-share?code=${wrong}`)).status, 404);
    assert.equal((await bob.submit(`/hub/accept-share?code=${wrong}`, {})).status, 404);
  }
  await house.store.db.updateTable("share_codes").set({ expires_at: "2020-01-01T00:00:00.000Z" }).execute();
  assert.equal((await bob.open(page)).status, 404);
  assert.equal((await bob.submit("/hub/accept-share", { code })).status, 404);
  assert.equal(await sharedWith(house, "bob"), 0);
});

test("attack: another site makes a browser accept (CSRF)", async (t) => {
  const { house, code } = await setUp(t);
  const bob = await house.browserOf("bob");
  for (const body of [new URLSearchParams({ code }), new URLSearchParams({ code, _xsrf: "forged" })]) {
    const answer = await bob.send("POST", "/hub/accept-share", { body, headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(answer.status, 403);
  }
  assert.equal(await sharedWith(house, "bob"), 0);
});

test("attack: an open redirect behind a share", async (t) => {
  const { house, code } = await setUp(t);
  const bob = await house.browserOf("bob");
  for (const next of ["https://evil.example/", "//evil.example", "///evil.example", "javascript:alert(1)"]) {
    const shown = await bob.open(`/hub/accept-share?code=${code}&next=${encodeURIComponent(next)}`);
    assert.ok(!shown.text.includes("evil") && !shown.text.includes("javascript:"), next);
    assert.equal((await bob.submit("/hub/accept-share", { code, next })).location, "/user/alice/");
  }
  const escaped = await bob.submit("/hub/accept-share", { code, next: "/\\evil.example" });
  assert.equal(escaped.location, "/%5Cevil.example", "a path of this hub");
});

test("attack: a code that is markup", async (t) => {
  const { house } = await setUp(t);
  const bob = await house.browserOf("bob");
  const answer = await bob.open(`/hub/accept-share?code=${encodeURIComponent('"><script>alert(1)</script>')}`);
  assert.equal(answer.status, 404);
  assert.ok(!answer.text.includes("<script>alert"));
});
