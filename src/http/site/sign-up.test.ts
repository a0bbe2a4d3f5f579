/** Asking for an account. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

const config = { signIn: { signUp: "approval" } };

test("a request is sent, approved by an admin, and then the name and password sign in", async (t) => {
  const house = await openHouse(t, { config });
  const browser = await house.browserOf("");
  assert.match((await browser.open("/hub/login")).text, /href="\/hub\/signup"/);
  assert.match((await browser.open("/hub/signup")).text, /name="note"/);
  const fields = { username: "Dora", password: PASSWORD, note: "from the course" };
  const sent = await browser.submit("/hub/signup", fields);
  assert.equal(sent.status, 200);
  assert.match(sent.text, /Your request was sent/);
  assert.equal((await browser.submit("/hub/login", fields)).status, 403);
  const admin = await house.browserOf("admin");
  const { items } = (await admin.call("GET", "/hub/api/hublet/sign-ups")).json();
  assert.deepEqual(
    [items.length, items[0].name, items[0].note, items[0].address],
    [1, "dora", "from the course", "10.0.0.1"],
  );
  assert.equal((await admin.call("POST", `/hub/api/hublet/sign-ups/${items[0].id}/approve`)).status, 201);
  assert.equal((await browser.submit("/hub/login", fields)).location, "/hub/");
  assert.equal((await admin.open("/hub/authorize")).location, "/hub/admin/requests");
});

test("enumeration: the page says the same for a name that is taken", async (t) => {
  const house = await openHouse(t, { config });
  const browser = await house.browserOf("");
  await browser.open("/hub/signup");
  const answers = [];
  for (const username of ["alice", "somebody-new"])
    answers.push(await browser.submit("/hub/signup", { username, password: PASSWORD, note: "" }));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(answers[0]?.text, answers[1]?.text);
});

test("a weak password or an impossible name come back with what is wrong, and without the password", async (t) => {
  const house = await openHouse(t, { config });
  const browser = await house.browserOf("");
  await browser.open("/hub/signup");
  const weak = await browser.submit("/hub/signup", { username: "dora", password: "short", note: "me" });
  assert.equal(weak.status, 400);
  assert.match(weak.text, /value="dora"/);
  assert.match(weak.text, /value="me"/);
  assert.equal((await browser.submit("/hub/signup", { username: "a/b", password: PASSWORD, note: "" })).status, 400);
  assert.equal((await browser.submit("/hub/signup", { username: "dora" })).status, 400);
});

test("where it is off there is no such page", async (t) => {
  const house = await openHouse(t);
  const browser = await house.browserOf("");
  assert.doesNotMatch((await browser.open("/hub/login")).text, /signup/);
  assert.equal((await browser.open("/hub/signup")).status, 404);
  assert.equal((await browser.submit("/hub/signup", { username: "dora", password: PASSWORD })).status, 404);
});
