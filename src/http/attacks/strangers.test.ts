/** People, tokens and servers that reach for what is not theirs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLI_TOKEN, openHouse, PASSWORD } from "../test-support/house.ts";

test("a plain person reads and does nothing of others' or of admins'", async (t) => {
  const house = await openHouse(t);
  const bob = await house.browserOf("bob");
  for (const [method, path, status] of [
    ["GET", "users/alice/server/timeline", 404],
    ["GET", "users/alice/server/log", 404],
    ["GET", "users/alice/servers/x/log", 404],
    ["GET", "users/nobody/server/log", 404],
    ["GET", "people", 403],
    ["POST", "people", 403],
    ["POST", "people/alice/claim", 403],
    ["PUT", "people/alice/password", 403],
    ["DELETE", "people/alice", 403],
  ] as const) {
    const body = path === "people" ? { names: ["x"] } : path.endsWith("password") ? { password: PASSWORD } : undefined;
    assert.equal((await bob.call(method, `/hub/api/hublet/${path}`, body)).status, status, `${method} ${path}`);
  }
  for (const [method, path, status] of [
    ["GET", "users", 403],
    ["POST", "users", 403],
    ["POST", "users/x", 403],
    ["GET", "users/alice", 404],
    ["PATCH", "users/alice", 403],
    ["PATCH", "users/bob", 403],
    ["DELETE", "users/alice", 403],
    ["GET", "users/alice/tokens", 404],
    ["POST", "users/alice/activity", 404],
    ["GET", "proxy", 403],
    ["POST", "proxy", 403],
    ["GET", "info", 403],
  ] as const)
    assert.equal(
      (await bob.call(method, `/hub/api/${path}`, method === "GET" ? undefined : {})).status,
      status,
      `${method} ${path}`,
    );
  assert.equal((await house.person("alice")).hasPassword, false);
});

test("a server's token reaches no admin API, even when its owner is an admin", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const admin = await house.browserOf("admin");
  assert.equal((await admin.call("POST", "/hub/api/users/admin/server")).status, 201);
  const { token } = JSON.parse(await (await fetch(`${house.proxy}/user/admin/x`)).text());
  const headers = { authorization: `token ${token}` };
  for (const door of ["servers", "private"] as const) {
    for (const [method, path] of [
      ["GET", "users"],
      ["POST", "users/x"],
      ["DELETE", "users/alice"],
      ["GET", "hublet/people"],
      ["POST", "hublet/people"],
      ["PUT", "hublet/people/alice/password"],
      ["GET", "info"],
      ["GET", "proxy"],
      ["POST", "users/admin/tokens"],
      ["POST", "users/alice/server"],
      ["GET", "hublet/users/admin/server/log"],
    ] as const) {
      const body = { names: ["x"], password: PASSWORD };
      const answer = await house.send(method, `/hub/api/${path}`, {
        door,
        headers,
        ...(method === "GET" ? {} : { body }),
      });
      assert.equal(answer.status, 403, `${method} ${path}`);
    }
  }
});

test("the command line's token is worth nothing over the servers' door, nor over the proxy", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const headers = { authorization: `token ${CLI_TOKEN}` };
  assert.equal((await house.send("GET", "/hub/api/users", { direct: true, headers })).status, 200);
  assert.equal((await house.send("GET", "/hub/api/users", { door: "servers", headers })).status, 403);
  assert.equal((await house.send("GET", "/hub/api/users", { headers })).status, 403);
  assert.equal((await fetch(`${house.proxy}/hub/api/users`, { headers })).status, 403);
});

test("over the servers' door there is the API and nothing else", async (t) => {
  const house = await openHouse(t);
  for (const path of [
    "/hub/login",
    "/hub/home",
    "/",
    "/user/alice/",
    "/hub/gate",
    "/hub/claim",
    "/hub/static/logo.svg",
    "/hub/apix",
    "/hub/%61pi/users",
    "/nosuch",
  ])
    assert.equal((await house.send("GET", path, { door: "servers" })).status, 404, path);
  assert.equal((await house.send("GET", "/hub/api/", { door: "servers" })).status, 200);
});

test("X-Forwarded-For is believed in its last entry alone, and not at all on the servers' door", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const guess = (forwarded: string, password: string, door: "private" | "servers" = "private") =>
    house.send("POST", "/hub/api/users/alice/tokens", {
      door,
      headers: { "x-forwarded-for": forwarded },
      body: { auth: { username: "alice", password } },
    });
  // Whoever guesses cannot pretend to be many…
  for (let count = 0; count < 5; count += 1)
    assert.equal((await guess(`203.0.113.${count}, 10.6.6.6`, "wrong")).status, 403);
  assert.equal((await guess("203.0.113.99, 10.6.6.6", PASSWORD)).status, 429);
  // …nor shut others out in their name.
  assert.equal((await guess("10.6.6.6, 10.7.7.7", PASSWORD)).status, 201);
  for (let count = 0; count < 5; count += 1)
    assert.equal((await guess(`203.0.113.${count}`, "wrong", "servers")).status, 403);
  assert.equal((await guess("203.0.113.99", PASSWORD, "servers")).status, 429);
});

test("a limited token of an admin neither claims nor takes over accounts", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("admin", ["list:users", "servers"]);
  assert.equal((await house.send("POST", "/hub/api/hublet/people/alice/claim", { headers })).status, 403);
  assert.equal((await house.send("DELETE", "/hub/api/hublet/people/alice", { headers })).status, 403);
  const one = await house.tokenOf("admin", ["admin:users!user=alice"]);
  assert.equal((await house.send("POST", "/hub/api/hublet/people/alice/claim", { headers: one })).status, 404);
});
