/** Other sites, and pages of other people's servers, that make a signed-in browser do things. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

test("open redirect after signing in", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const evil = [
    "https://evil/",
    "//evil",
    "///evil",
    "\\\\evil",
    "/\\evil",
    "/\t/evil",
    "javascript:alert(1)",
    "http:evil",
    "/hub/..//evil",
    "https://localhost@evil/",
    "\u0000//evil",
    "data:text/html,x",
  ];
  const signedIn = await house.browserOf("alice");
  for (const next of evil) {
    const path = `/hub/login?next=${encodeURIComponent(next)}`;
    const browser = await house.browserOf("");
    const kept = /action="\/hub\/login(?:\?next=([^"]*))?"/.exec((await browser.open(path)).text)?.[1] ?? "";
    const answer = await browser.submit(path, { username: "alice", password: PASSWORD });
    assert.equal(answer.status, 302);
    for (const to of [decodeURIComponent(kept), answer.location, (await signedIn.open(path)).location]) {
      assert.equal(new URL(to, "http://hub/").origin, "http://hub", next);
      assert.doesNotMatch(to, /^\/[\\/]|^[^/]/, next);
    }
  }
  const twice = await signedIn.open("/hub/login?next=%2Fhub%2Ftoken&next=https%3A%2F%2Fevil");
  assert.equal(twice.location, "/hub/");
});

test("header injection through next, and through the paths that are redirected", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  for (const path of [
    "/hub/login?next=%2Fhub%2F%0d%0aSet-Cookie:%20x=1",
    "/hub/login?next=/hub/%250d%250aSet-Cookie:x=1",
    "/hub/user-redirect/%0d%0aSet-Cookie:%20x=1",
    "/%0d%0aSet-Cookie:%20x=1",
    "/hub/spawn-pending/alice%0d%0aSet-Cookie:%20x=1",
    "/hub/user/alice%0d%0a/lab",
    "/hub/claim?code=%0d%0aSet-Cookie:x=1",
  ]) {
    const answer = await alice.open(path);
    assert.doesNotMatch(answer.location, /[\r\n]/);
    assert.equal(
      answer.setCookies.some((line) => line.startsWith("x=")),
      false,
      path,
    );
  }
});

test("CSRF on every form and on the API: without the page's token nothing happens", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("bob", PASSWORD);
  const { code } = await house.signIn.issueClaim("bob");
  const alice = await house.browserOf("alice");
  const form = {
    "content-type": "application/x-www-form-urlencoded",
    origin: "https://evil.example",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
  };
  // Signing the victim in as somebody else, whose notebooks they would then fill.
  const login = await alice.send("POST", "/hub/login", {
    headers: form,
    body: `username=bob&password=${encodeURIComponent(PASSWORD)}`,
  });
  const claim = await alice.send("POST", "/hub/claim", {
    headers: form,
    body: `code=${code}&password=${encodeURIComponent(PASSWORD)}`,
  });
  const confirm = await alice.send("POST", "/hub/api/oauth2/authorize?client_id=x", {
    headers: form,
    body: "scopes=x",
  });
  for (const answer of [login, claim, confirm]) {
    assert.equal(answer.status, 403);
    assert.equal(
      answer.setCookies.some((line) => line.startsWith("jupyterhub-hub-login")),
      false,
    );
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
    const headers = { ...form, "content-type": type };
    for (const path of ["users/alice/tokens", "users/alice/server", "hublet/account/password"])
      assert.equal((await alice.send("POST", `/hub/api/${path}`, { headers, body: "{}" })).status, 403, path);
  }
  for (const method of ["PUT", "PATCH", "DELETE"])
    assert.equal((await alice.send(method, "/hub/api/users/alice/server", { body: {} })).status, 403);
  assert.equal((await alice.send("GET", "/hub/home")).status, 200);
});

test("another spelling of the API's path does not pass as a page without checks", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  for (const path of [
    "/hub/%61pi/users/alice",
    "/hub/ap%69/users/alice",
    "/%68ub/api/users/alice",
    "http://hub/hub/api/users/alice",
    "//hub/api/users/alice",
    "/hub//api/users/alice",
    "/hub/./api/users/alice",
  ]) {
    assert.notEqual((await admin.send("DELETE", path)).status, 204, path);
    const read = await admin.send("GET", path, { headers: { "sec-fetch-mode": "cors" } });
    assert.doesNotMatch(read.text, /"kind"/, path);
  }
  assert.equal((await house.person("alice")).name, "alice");
});

test("path confusion: /hub/user/bob%2F..%2Falice/ is nobody's server", async (t) => {
  const house = await openHouse(t);
  const bob = await house.browserOf("bob");
  for (const path of [
    "/hub/user/bob%2F..%2Falice/lab",
    "/hub/user/..%2Falice/",
    "/hub/user/alice%00/",
    "/hub/%75ser/alice/lab",
    "/hub/user/%2e%2e/alice/",
    "/hub/user/./alice/",
  ])
    assert.equal((await bob.open(path)).status, 404, path);
  const dots = await bob.open("/hub/user/bob/../alice/lab");
  assert.equal(dots.status, 424);
  assert.doesNotMatch(dots.text, /Server “alice”/);
  for (const path of ["/hub/api/users/bob%2F..%2Falice", "/hub/api/users/bob/../alice", "/hub/api/users/bob%2Fserver"])
    assert.equal((await bob.send("GET", path)).status, 404, path);
});

test("session fixation: a session id, login or token from before signing in is worth nothing afterwards", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const browser = await house.browserOf("");
  const { cookies } = await house.browserOf("bob");
  await browser.open("/hub/login");
  const before = browser.xsrf;
  browser.cookies.set("jupyterhub-session-id", "fixed");
  await browser.submit("/hub/login", { username: "alice", password: PASSWORD });
  assert.notEqual(browser.cookies.get("jupyterhub-session-id"), "fixed");
  assert.notEqual(browser.xsrf, before);
  // Planted: the attacker's own session. Signing in over it leaves it, and ends it.
  const planted = await house.browserOf("");
  for (const [name, value] of cookies) planted.cookies.set(name, value);
  await planted.open("/hub/home");
  await planted.submit("/hub/login", { username: "alice", password: PASSWORD });
  assert.equal((await planted.call("GET", "/hub/api/user")).json().name, "alice");
  const attacker = await house.browserOf("");
  for (const [name, value] of cookies) attacker.cookies.set(name, value);
  assert.equal((await attacker.call("GET", "/hub/api/user")).status, 403);
});

test("a login cookie of another hub, or a forged one, signs nobody in", async (t) => {
  const house = await openHouse(t);
  const other = await openHouse(t);
  const alice = await other.browserOf("alice");
  const there = alice.cookies.get("jupyterhub-hub-login") ?? "";
  // Same key or not: the other hub's sessions are not in this one's database.
  for (const value of [there, there.replace(/^./, "0"), `${there}.x`, "x", "", "a.b.c", `"${there}"`]) {
    const headers = { cookie: `jupyterhub-hub-login=${value}` };
    assert.equal((await house.send("GET", "/hub/api/user", { headers })).status, 403);
  }
});

test("HTML injection through a user name, a server's name to show, or the path", async (t) => {
  const house = await openHouse(t);
  const name = "<img src=x onerror=alert(1)>";
  await house.people.add([name]);
  const admin = await house.browserOf("admin");
  const evil = await house.browserOf(name);
  const escaped = encodeURIComponent(name);
  const { code } = await house.signIn.issueClaim(name);
  const pages = [
    await evil.open("/hub/home"),
    await evil.open(`/hub/user/${escaped}/lab`),
    await admin.open(`/hub/user/${escaped}/lab`),
    await admin.open(`/hub/spawn/${escaped}x`),
    await admin.open(`/hub/claim?code=${code}`),
    await admin.open(`/hub/login?next=${encodeURIComponent(`/hub/${name}`)}`),
    await evil.open(`/hub/nosuch/${name.replaceAll(" ", "%20")}`),
    await evil.open(`/hub/claim?code=${escaped}`),
    await (await house.browserOf("")).open(`/hub/claim?code=${escaped}`),
  ];
  for (const page of pages) assert.doesNotMatch(page.text, /<img src=x/, page.text.slice(0, 300));
  const login = await house.browserOf("");
  await login.open("/hub/login");
  assert.doesNotMatch(
    (await login.submit("/hub/login", { username: `"><img src=x>`, password: "x" })).text,
    /"><img src=x/,
  );
});

test("script injection: a name cannot end the script element that starts the application", async (t) => {
  const house = await openHouse(t, { config: { name: "</script><script>alert(1)</script><!--" } });
  const name = "<script>alert(1)<!--$&$'";
  await house.people.add([name]);
  const page = await (await house.browserOf(name)).open("/hub/home");
  const [, json = ""] = /<script type="application\/json" id="hublet-boot">([^<]*)<\/script>/.exec(page.text) ?? [];
  assert.equal(JSON.parse(json).user.name, name);
  assert.equal(page.text.match(/<script/g)?.length, 1);
});

test("a Host header that is no host becomes no link", async (t) => {
  const house = await openHouse(t);
  const headers = { ...(await house.tokenOf("admin")), accept: "application/jupyterhub-pagination+json" };
  for (const host of ["evil.example/path?", "a@evil.example", "[", "a b", "evil.example#"]) {
    const answer = await house.send("GET", "/hub/api/users?limit=1", { headers: { ...headers, host } });
    if (answer.status === 400 && answer.headers["x-jupyterhub-version"] === undefined) continue; // refused by Node itself
    assert.equal(answer.status, 200, host);
    assert.match(answer.json()._pagination.next.url, /^http:\/\/localhost\/hub\/api\/users\?/);
  }
});
