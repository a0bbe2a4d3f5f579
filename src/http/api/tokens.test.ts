/** Checklist 19–29 of the protocol (9.2): API tokens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type House, openHouse, PASSWORD } from "../test-support/house.ts";

async function as(house: House, name: string, scopes?: readonly string[]) {
  const headers = await house.tokenOf(name, scopes);
  return (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api/users/${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

test("19, 20: the secret is shown once, roles are empty, and the list is under api_tokens", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  const made = await send("POST", "alice/tokens", { note: "mine" });
  assert.equal(made.status, 201);
  const { token, id, note, roles, user, kind, oauth_client } = made.json();
  assert.match(token, /^[0-9a-f]{32}$/);
  assert.deepEqual(
    { note, roles, user, kind, oauth_client },
    { note: "mine", roles: [], user: "alice", kind: "api_token", oauth_client: "JupyterHub" },
  );
  assert.equal("token" in (await send("GET", `alice/tokens/${id}`)).json(), false);
  const list = (await send("GET", "alice/tokens")).json().api_tokens;
  assert.equal(
    list.some((one: { id: string }) => one.id === id),
    true,
  );
  assert.equal(
    list.some((one: object) => "token" in one),
    false,
  );
});

test("21: a token of one second fails after two, and is not listed", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  const asked = Date.now();
  const { token, id } = (await send("POST", "alice/tokens", { expires_in: 1 })).json();
  const headers = { authorization: `token ${token}` };
  const first = (await house.send("GET", "/hub/api/user", { headers })).status;
  assert.ok(first === 200 || Date.now() - asked >= 1000, `${first}`);
  const deadline = Date.now() + 20_000;
  while ((await house.send("GET", "/hub/api/user", { headers })).status === 200 && Date.now() < deadline)
    await delay(50);
  assert.equal((await house.send("GET", "/hub/api/user", { headers })).status, 403);
  assert.equal((await send("GET", `alice/tokens/${id}`)).status, 404);
});

test("22, 28: excess and unknown scopes, wrong types, and scopes beside roles are 400", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  for (const body of [
    { scopes: ["admin:users"] },
    { scopes: ["nosuch"] },
    { scopes: "self" },
    { expires_in: "60" },
    { expires_in: 0 },
    { expires_in: 1.5 },
    { scopes: ["self"], roles: ["user"] },
    { note: 5 },
    [],
  ])
    assert.equal((await send("POST", "alice/tokens", body)).status, 400, JSON.stringify(body));
});

test("23: an admin's token for alice says by whom, and is bounded by alice's scopes", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "admin");
  const made = (await send("POST", "alice/tokens")).json();
  assert.equal(made.note, "Requested via api by user admin");
  assert.ok(made.scopes.every((scope: string) => scope.endsWith("!user=alice")));
  assert.equal((await send("POST", "alice/tokens", { scopes: ["admin:users"] })).status, 400);
});

test("24, 25: credentials in the body are enough, and whatever is wrong is 403 without any XSRF", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const send = (name: string, body?: unknown) =>
    house.send("POST", `/hub/api/users/${name}/tokens`, body === undefined ? {} : { body });
  const made = await send("alice", { auth: { username: "alice", password: PASSWORD } });
  assert.equal(made.status, 201);
  assert.equal(made.json().user, "alice");
  const refused = [
    await send("alice", { auth: { username: "alice", password: "wrong" } }),
    await send("alice"),
    await send("bob", { auth: { username: "alice", password: PASSWORD } }),
    await send("nobody", { auth: { username: "alice", password: PASSWORD } }),
    await send("x%2Fy"),
  ];
  for (const answer of refused) assert.equal(answer.status, 403);
  const admin = await as(house, "admin");
  assert.equal((await admin("POST", "nobody/tokens")).status, 403);
  assert.equal((await admin("POST", "x%2Fy/tokens")).status, 403);
  const bob = await as(house, "bob");
  assert.equal((await bob("POST", "alice/tokens")).status, 403);
});

test("26: a deleted token is 404, as are malformed ids and those of others", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  const { id } = (await send("POST", "alice/tokens")).json();
  const bob = await as(house, "bob");
  const theirs = (await bob("POST", "bob/tokens")).json().id;
  assert.equal((await send("DELETE", `alice/tokens/${id}`)).status, 204);
  for (const gone of [id, "zzz", "a0", theirs]) {
    assert.equal((await send("DELETE", `alice/tokens/${gone}`)).status, 404);
    assert.equal((await send("GET", `alice/tokens/${gone}`)).status, 404);
  }
  assert.equal((await send("GET", "bob/tokens")).status, 404);
});

test("a token with the scope tokens alone gives birth to no stronger one, neither for itself nor for others", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "admin", ["tokens"]);
  for (const name of ["admin", "alice"]) {
    const made = await send("POST", `${name}/tokens`);
    assert.equal(made.status, 201);
    assert.equal(
      made.json().scopes.some((scope: string) => /^(admin|servers|read:users!)/.test(scope)),
      false,
      name,
    );
    assert.equal((await send("POST", `${name}/tokens`, { scopes: ["servers!user=alice"] })).status, 400);
  }
});
