import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

test("a claim link sets the password, signs in, and works once", async (t) => {
  const house = await openHouse(t);
  const { code } = await house.signIn.issueClaim("alice");
  const browser = await house.browserOf("");
  const page = await browser.open(`/hub/claim?code=${code}`);
  assert.match(page.text, /value="alice" readonly/);
  const weak = await browser.submit("/hub/claim", { code, password: "alice" });
  assert.equal(weak.status, 400);
  assert.match(weak.text, /value="alice" readonly/);
  const done = await browser.submit("/hub/claim", { code, password: PASSWORD });
  assert.deepEqual([done.status, done.location], [302, "/hub/home"]);
  assert.match((await browser.open("/hub/home")).text, /"name":"alice"/);
  const again = await house.browserOf("");
  assert.match((await again.open(`/hub/claim?code=${code}`)).text, /does not work/);
  assert.equal((await again.submit("/hub/claim", { code, password: PASSWORD })).status, 403);
});

test("a claim form without or with a stale token comes back and then works", async (t) => {
  const house = await openHouse(t);
  const { code } = await house.signIn.issueClaim("alice");
  const browser = await house.browserOf("");
  const bare = await browser.send("POST", "/hub/claim", { body: new URLSearchParams({ code, password: PASSWORD }) });
  assert.equal(bare.status, 403);
  assert.match(bare.text, /invalid or expired\. Try again\./);
  assert.equal((await browser.submit("/hub/claim", { code, password: PASSWORD })).location, "/hub/home");
});

test("claiming another person's account leaves the session of whoever was signed in", async (t) => {
  const house = await openHouse(t);
  const { code } = await house.signIn.issueClaim("alice");
  const browser = await house.browserOf("bob");
  const before = new Map(browser.cookies);
  await browser.open(`/hub/claim?code=${code}`);
  await browser.submit("/hub/claim", { code, password: PASSWORD });
  assert.equal((await browser.call("GET", "/hub/api/user")).json().name, "alice");
  for (const [name, value] of before) browser.cookies.set(name, value);
  assert.equal((await browser.call("GET", "/hub/api/user")).status, 403);
});
