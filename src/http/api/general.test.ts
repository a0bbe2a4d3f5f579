/** Checklist 1–18 and 30 of the protocol (9.1, 9.2): what holds for the API as a whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLI_TOKEN, openHouse } from "../test-support/house.ts";

test("1, 3: the API's root answers its version to anybody, and to other sites", async (t) => {
  const house = await openHouse(t);
  for (const path of ["/hub/api", "/hub/api/"]) {
    const answer = await house.send("GET", path);
    assert.equal(answer.status, 200);
    assert.match(answer.json().version, /^\d+\.\d+\.\d+$/);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
  }
});

test("2, 7, 11: every answer carries the version and a policy, and errors are status and message alone", async (t) => {
  const house = await openHouse(t);
  const bad = [
    "/hub/api/nosuch",
    "/hub/api/user",
    "/hub/api/users/%ZZ",
    "/hub/api/users/alice/",
    `/hub/api/users/${"x".repeat(2000)}`,
  ];
  for (const path of bad) {
    const answer = await house.send("GET", path);
    assert.ok(answer.status >= 400, path);
    assert.deepEqual(Object.keys(answer.json()).sort(), ["message", "status"]);
    assert.equal(answer.json().status, answer.status);
    assert.equal(typeof answer.json().message, "string");
    assert.equal(answer.headers["x-jupyterhub-version"], "5.2.1");
    assert.match(String(answer.headers["content-security-policy"]), /default-src 'none'/);
    assert.match(String(answer.headers["content-type"]), /^application\/json/);
  }
  for (const path of [
    "/hub/login",
    "/hub/nosuch",
    "/hub/health",
    "/hub/%ZZ",
    "/hub/error/503",
    "/hub/static/nosuch",
    "/foo",
  ]) {
    const answer = await house.send("GET", path);
    assert.equal(answer.headers["x-jupyterhub-version"], "5.2.1", path);
    assert.match(String(answer.headers["content-security-policy"]), /frame-ancestors 'none'/);
  }
});

test("4, 5, 6: an unknown path is 404 without credentials, a wrong method 405, and a trailing slash another path", async (t) => {
  const house = await openHouse(t);
  const admin = await house.tokenOf("admin");
  for (const headers of [{}, admin]) {
    for (const path of ["/hub/api/nosuch", "/hub/api/users/", "/hub/api/users/alice/", "/hub/api/users/alice/server/"])
      assert.equal((await house.send("GET", path, { headers })).status, 404, path);
    assert.equal((await house.send("POST", "/hub/api/users/", { headers: admin })).status, 404);
    for (const [method, path] of [
      ["PUT", "/hub/api/users/alice"],
      ["DELETE", "/hub/api/users"],
      ["GET", "/hub/api/oauth2/token"],
      ["PUT", "/hub/api/oauth2/authorize"],
      ["POST", "/hub/api/health"],
      ["HEAD", "/hub/api/hublet/events"],
      ["HEAD", "/hub/api/users/alice/server/progress"],
    ] as const)
      assert.equal((await house.send(method, path, { headers })).status, 405, `${method} ${path}`);
  }
});

test("8: malformed JSON and invalid UTF-8 are 400, and what is too large is 413", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("admin");
  for (const body of ["{", "nul", Buffer.from([0x22, 0xff, 0x22])]) {
    const answer = await house.send("POST", "/hub/api/users", { headers, body });
    assert.equal(answer.status, 400);
    assert.equal(answer.json().message, "Invalid JSON in body of request");
  }
  const large = JSON.stringify({ usernames: ["x".repeat(2 * 1024 * 1024)] });
  assert.equal((await house.send("POST", "/hub/api/users", { headers, body: large })).status, 413);
});

test("a body is JSON whatever its content type says, and no body is no body", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("admin");
  const types = [{}, { "content-type": "text/plain" }, { "content-type": "application/x-www-form-urlencoded" }];
  for (const [index, type] of types.entries()) {
    const body = JSON.stringify({ usernames: [`person${index}`] });
    assert.equal((await house.send("POST", "/hub/api/users", { headers: { ...headers, ...type }, body })).status, 201);
  }
  const json = { ...headers, "content-type": "application/json" };
  assert.equal((await house.send("POST", "/hub/api/users/dora", { headers: json })).status, 201);
  assert.equal((await house.send("POST", "/hub/api/users/dora", { headers: json, body: "null" })).status, 409);
  for (const method of ["POST", "PATCH"]) {
    const path = method === "POST" ? "/hub/api/users" : "/hub/api/users/dora";
    assert.equal((await house.send(method, path, { headers: json })).status, 400);
  }
});

test("9: information about the hub needs read:hub", async (t) => {
  const house = await openHouse(t);
  assert.equal((await house.send("GET", "/hub/api/info")).status, 403);
  assert.equal((await house.send("GET", "/hub/api/info", { headers: await house.tokenOf("alice") })).status, 403);
  const info = (await house.send("GET", "/hub/api/info", { headers: await house.tokenOf("admin") })).json();
  assert.equal(typeof info.version, "string");
  assert.equal(typeof info.spawner.class, "string");
  assert.equal(typeof info.authenticator.class, "string");
});

test("10: health answers GET and HEAD, empty, to anybody", async (t) => {
  const house = await openHouse(t);
  for (const path of ["/hub/health", "/hub/api/health"]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await house.send(method, path);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, "");
    }
  }
});

test("12: OPTIONS is 200 and empty", async (t) => {
  const house = await openHouse(t);
  const answer = await house.send("OPTIONS", "/hub/api/users");
  assert.equal(answer.status, 200);
  assert.equal(answer.text, "");
});

test("13, 14: both words of the header work in any case; bad and missing tokens are 403, never 401", async (t) => {
  const house = await openHouse(t);
  const secret = (await house.tokenOf("alice")).authorization.slice("token ".length);
  for (const word of ["token", "Token", "Bearer", "bearer", "BEARER"])
    assert.equal(
      (await house.send("GET", "/hub/api/user", { headers: { authorization: `${word} ${secret}` } })).status,
      200,
    );
  const { id } = (await house.access.tokens.list(await house.person("alice")))[0] ?? { id: "" };
  await house.access.tokens.revoke(await house.person("alice"), id);
  for (const headers of [
    {},
    { authorization: `token ${secret}` },
    { authorization: "token x" },
    { authorization: "Basic YTpi" },
  ]) {
    const answer = await house.send("GET", "/hub/api/user", { headers });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers["www-authenticate"], undefined);
  }
});

test("15, 18: a person's token says who it is and lists the 15 scopes of an inheriting one, sorted", async (t) => {
  const house = await openHouse(t);
  const model = (await house.send("GET", "/hub/api/user", { headers: await house.tokenOf("alice") })).json();
  assert.equal(model.kind, "user");
  assert.equal(model.name, "alice");
  assert.deepEqual(model.groups, []);
  assert.match(model.token_id, /^a\d+$/);
  assert.equal(model.session_id, null);
  const words =
    "access:servers delete:servers read:servers read:shares read:tokens read:users read:users:activity read:users:groups read:users:name read:users:shares servers start:servers tokens users:activity users:shares";
  assert.deepEqual(
    model.scopes,
    words.split(" ").map((scope) => `${scope}!user=alice`),
  );
});

test("17: with a login cookie there is neither token id nor session id", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const model = (await alice.send("GET", "/hub/api/user")).json();
  assert.equal(model.name, "alice");
  assert.equal(model.token_id, null);
  assert.equal(model.session_id, null);
});

test("a token of an ended person and a browser of an ended person are nobody", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("bob");
  const bob = await house.browserOf("bob");
  await house.people.remove("bob");
  assert.equal((await house.send("GET", "/hub/api/user", { headers })).status, 403);
  assert.equal((await bob.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await bob.open("/hub/home")).location, "/hub/login?next=%2Fhub%2Fhome");
});

test("30: a token's owner can be asked for by whoever has a token", async (t) => {
  const house = await openHouse(t);
  const secret = (await house.tokenOf("bob")).authorization.slice("token ".length);
  const headers = await house.tokenOf("alice");
  assert.equal((await house.send("GET", `/hub/api/authorizations/token/${secret}`, { headers })).json().name, "bob");
  assert.equal((await house.send("GET", "/hub/api/authorizations/token/nosuch", { headers })).status, 404);
  assert.equal((await house.send("GET", `/hub/api/authorizations/token/${secret}`)).status, 403);
  assert.equal((await house.send("POST", "/hub/api/authorizations/token", { headers })).status, 404);
  assert.equal(
    house.log.some((line) => line.includes(secret)),
    false,
  );
});

test("the command line is an admin without an account", async (t) => {
  const house = await openHouse(t);
  const cli = (method: string, path: string, body?: unknown) =>
    house.send(method, path, { direct: true, headers: { authorization: `token ${CLI_TOKEN}` }, body });
  const model = (await cli("GET", "/hub/api/user")).json();
  assert.deepEqual([model.name, model.kind, model.admin, model.token_id], ["command line", "user", true, null]);
  assert.ok(model.scopes.includes("admin:users"));
  assert.equal((await cli("GET", "/hub/api/hublet/session")).json().user.hasPassword, false);
  assert.deepEqual((await cli("GET", "/hub/api/hublet/home")).json().servers, []);
  assert.equal((await cli("POST", "/hub/api/users/dora")).status, 201);
  assert.equal((await cli("DELETE", "/hub/api/users/dora")).status, 204);
  // It has no pages, and no tokens of its own.
  assert.equal((await cli("GET", "/hub/home")).status, 302);
  assert.equal((await cli("POST", "/hub/api/users/command%20line/tokens")).status, 403);
});

test("what comes in a later issue is 404, not an error", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("admin");
  for (const path of ["services", "metrics"])
    assert.equal((await house.send("GET", `/hub/api/${path}`, { headers })).status, 404, path);
});
