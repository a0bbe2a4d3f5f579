/** Checklist 105–110 of the protocol (9.8): signing in and out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

test("105: the way to the hub: from anywhere below the base, with the query", async (t) => {
  const house = await openHouse(t);
  for (const [from, status, to] of [
    ["/", 302, "/hub/"],
    ["/foo?x=1", 302, "/hub/foo?x=1"],
    ["/user/alice/lab?x=1", 302, "/hub/user/alice/lab?x=1"],
    ["//evil.example/", 302, "/hub//evil.example/"],
    ["/hub?x=1", 301, "/hub/?x=1"],
  ] as const) {
    const answer = await house.send("GET", from);
    assert.deepEqual([answer.status, answer.location], [status, to]);
  }
  assert.equal((await house.send("POST", "/foo", { body: "x" })).status, 403);
});

test("106: pages send the anonymous to sign in, with the way back; tokens open no pages", async (t) => {
  const house = await openHouse(t);
  for (const path of [
    "/hub/",
    "/hub/home",
    "/hub/token",
    "/hub/admin",
    "/hub/spawn?x=1&y=2",
    "/hub/user/alice/lab?z=ü",
  ]) {
    const answer = await house.send("GET", encodeURI(path));
    assert.deepEqual([answer.status, answer.location], [302, `/hub/login?next=${encodeURIComponent(encodeURI(path))}`]);
  }
  const headers = await house.tokenOf("admin");
  for (const path of ["/hub/home", "/hub/admin", "/hub/spawn", "/hub/api/oauth2/authorize"])
    assert.match((await house.send("GET", path, { headers })).location, /^\/hub\/login/);
  assert.equal(
    (await house.servers.get({ user: (await house.person("admin")).name, server: "" as never }))?.state,
    "stopped",
  );
});

test("107: the sign-in page sets _xsrf for an hour and carries the same value", async (t) => {
  const house = await openHouse(t);
  const page = await house.send("GET", "/hub/login");
  const cookie = page.setCookies.find((line) => line.startsWith("_xsrf=")) ?? "";
  assert.match(cookie, /; Path=\/hub\/; Max-Age=3600; SameSite=Lax$/);
  assert.ok(page.text.includes(`name="_xsrf" value="${/^_xsrf=([^;]+)/.exec(cookie)?.[1]}"`));
});

test("a script that fetches a page gets no cookie, so that it cannot race the page it runs on", async (t) => {
  const house = await openHouse(t);
  const answer = await house.send("GET", "/hub/login", { headers: { "sec-fetch-mode": "cors" } });
  assert.deepEqual([answer.status, answer.setCookies], [200, []]);
});

test("108: without or with a stale token, and with a wrong password, the form comes back with a 403", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const nobody = await house.browserOf("");
  const fields = { username: "alice", password: PASSWORD };
  const expired = [
    await nobody.send("POST", "/hub/login?next=%2Fhub%2Ftoken", { body: new URLSearchParams(fields) }),
    await nobody.submit("/hub/login", { ...fields, _xsrf: "stale" }),
  ];
  for (const page of expired) {
    assert.equal(page.status, 403);
    assert.match(page.text, /Login form invalid or expired\. Try again\./);
    assert.match(page.text, /value="alice"/);
    assert.equal(page.text.includes(PASSWORD), false);
  }
  // The form that comes back works, and still knows where to go.
  assert.match(expired[0]?.text ?? "", /action="\/hub\/login\?next=%2Fhub%2Ftoken"/);
  const wrong = await nobody.submit("/hub/login", { username: "alice", password: "wrong" });
  assert.deepEqual([wrong.status, wrong.location], [403, ""]);
  assert.match(wrong.text, /<form method="post"/);
  assert.equal((await nobody.submit("/hub/login?next=%2Fhub%2Ftoken", fields)).location, "/hub/token");
});

test("109: a good sign-in goes to next with three new cookies", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const browser = await house.browserOf("");
  await browser.open("/hub/login");
  const before = browser.xsrf;
  const answer = await browser.submit("/hub/login?next=%2Fuser%2Falice%2Flab%3Fx%3D1", {
    username: "Alice",
    password: PASSWORD,
  });
  assert.deepEqual([answer.status, answer.location], [302, "/user/alice/lab?x=1"]);
  const [sessionId, login, xsrf] = ["jupyterhub-session-id", "jupyterhub-hub-login", "_xsrf"].map(
    (name) => answer.setCookies.find((line) => line.startsWith(`${name}=`)) ?? "",
  );
  assert.match(sessionId ?? "", /^jupyterhub-session-id=[0-9a-f]+; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.match(login ?? "", /; Path=\/hub\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  assert.match(xsrf ?? "", /; Path=\/hub\/; SameSite=Lax$/);
  assert.notEqual(browser.xsrf, before);
  assert.equal((await browser.open("/hub/home")).status, 200);
  // The request's own query goes on when there is no next.
  assert.equal(
    (await browser.submit("/hub/login?x=1", { username: "alice", password: PASSWORD })).location,
    "/hub/?x=1",
  );
  assert.equal((await browser.open("/hub/login?next=%2Fhub%2Ftoken")).location, "/hub/token");
});

test("by https every cookie is Secure: as the outermost proxy says, or as configured", async (t) => {
  const house = await openHouse(t);
  const secure = async (headers: Record<string, string>) =>
    (await house.send("GET", "/hub/login", { headers })).setCookies.every((line) => line.includes("; Secure"));
  assert.equal(await secure({}), false);
  assert.equal(await secure({ "x-forwarded-proto": "https,http" }), true);
  assert.equal(await secure({ "x-forwarded-proto": "http,https" }), false);
  const configured = await openHouse(t, { config: { publicUrl: "https://hub.example.org" } });
  assert.match((await configured.send("GET", "/hub/login")).setCookies[0] ?? "", /; Secure/);
});

test("signing out clears the cookies and ends the session; looking at the link does not", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const before = new Map(alice.cookies);
  assert.equal((await alice.send("HEAD", "/hub/logout")).status, 404);
  assert.equal((await alice.open("/hub/home")).status, 200);
  const answer = await alice.open("/hub/logout");
  assert.equal(answer.location, "/hub/login");
  assert.deepEqual([...alice.cookies.keys()], []);
  for (const [name, value] of before) alice.cookies.set(name, value);
  assert.equal((await alice.call("GET", "/hub/api/user")).status, 403);
});

test("a browser that was closed gets its session id again", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const before = alice.cookies.get("jupyterhub-session-id");
  alice.cookies.delete("jupyterhub-session-id");
  await alice.open("/hub/home");
  assert.equal(alice.cookies.get("jupyterhub-session-id"), before);
  assert.equal((await alice.open("/hub/home")).setCookies.length, 0);
});

test("too many wrong passwords are 429 with Retry-After, on the page too", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const browser = await house.browserOf("");
  await browser.open("/hub/login");
  for (let count = 0; count < 5; count += 1)
    await browser.submit("/hub/login", { username: "alice", password: "wrong" });
  const answer = await browser.submit("/hub/login", { username: "alice", password: PASSWORD });
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers["retry-after"]) > 0);
});
