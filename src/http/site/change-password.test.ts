/** Changing one's password on a page that needs no script. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

const PATH = "/hub/auth/change-password";

test("the right old password changes it: other browsers are signed out, this one stays", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const alice = await house.browserOf("alice");
  const other = await house.browserOf("alice");
  assert.match((await alice.open(PATH)).text, /autocomplete="current-password"/);
  const wrong = await alice.submit(PATH, { current: "wrong", password: "a new long password" });
  assert.equal(wrong.status, 403);
  assert.match(wrong.text, /role="alert"/);
  assert.equal((await alice.submit(PATH, { current: PASSWORD, password: "short" })).status, 400);
  assert.equal((await alice.submit(PATH, { current: PASSWORD })).status, 400);
  const done = await alice.submit(PATH, { current: PASSWORD, password: "a new long password" });
  assert.equal(done.status, 200);
  assert.match(done.text, /Your password is changed/);
  assert.equal((await alice.call("GET", "/hub/api/user")).status, 200);
  assert.equal((await other.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await alice.open("/hub/change-password")).location, PATH);
});

test("it is for people who are signed in and have a password here", async (t) => {
  const house = await openHouse(t);
  assert.match((await (await house.browserOf("")).open(PATH)).location, /^\/hub\/login\?next=/);
  assert.match((await house.send("GET", PATH, { headers: await house.tokenOf("alice") })).location, /^\/hub\/login/);
  const alice = await house.browserOf("alice");
  assert.match((await alice.open(PATH)).text, /You have no password on this hub/);
  assert.equal((await alice.submit(PATH, { current: "", password: "a new long password" })).status, 403);
  assert.equal((await house.person("alice")).hasPassword, false);
});
