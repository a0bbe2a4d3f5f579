/** Checklist 136–138 of the protocol (9.11): activity that servers report. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse } from "../test-support/house.ts";

test("136–138: a server reports its own person's activity and may do nothing else", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const alice = await house.tokenOf("alice");
  assert.equal((await house.send("POST", "/hub/api/users/alice/server", { headers: alice })).status, 201);
  const { token } = JSON.parse(await (await fetch(`${house.proxy}/user/alice/x`)).text());
  const server = (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api/users/${path}`, {
      door: "servers",
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body }),
    });
  const at = new Date(Date.now() + 60_000).toISOString();
  const reported = await server("POST", "alice/activity", {
    last_activity: at,
    servers: { "": { last_activity: at } },
  });
  assert.deepEqual([reported.status, reported.text], [200, ""]);
  const { last_activity, servers } = (await house.send("GET", "/hub/api/users/alice", { headers: alice })).json();
  assert.deepEqual([last_activity, servers[""].last_activity], [at, at]);
  const old = { last_activity: "2020-01-01T00:00:00Z" };
  assert.equal((await server("POST", "alice/activity", old)).status, 200);
  assert.equal((await house.send("GET", "/hub/api/users/alice", { headers: alice })).json().last_activity, at);
  for (const body of [
    undefined,
    [],
    {},
    { last_activity: "soon" },
    { last_activity: "2999-01-01T00:00:00Z" },
    { servers: { x: old } },
    { servers: { "": {} } },
  ])
    assert.equal((await server("POST", "alice/activity", body)).status, 400, JSON.stringify(body));
  assert.equal((await server("POST", "bob/activity", { last_activity: at })).status, 404);
  assert.equal((await server("POST", "alice/server")).status, 403);
  assert.equal((await server("DELETE", "alice/server")).status, 403);
  assert.equal((await server("GET", "alice/tokens")).status, 403);
  assert.equal((await server("POST", "alice/tokens")).status, 403);
});
