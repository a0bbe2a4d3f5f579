/** Checklist 141 and 142 of the protocol (9.11): shares and share codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type House, openHouse } from "../test-support/house.ts";

const SHARING = { server: { sharing: true } };
const PAGED = { offset: 0, limit: 200, total: 1, next: null };

async function as(house: House, name = "admin", scopes?: readonly string[]) {
  const headers = await house.tokenOf(name, scopes);
  return (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

test("141: an admin shares a server; the model, merging, and taking back", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  const made = await send("POST", "/shares/alice/", { user: "BOB" });
  assert.equal(made.status, 200);
  const { created_at, ...model } = made.json();
  assert.ok(Date.parse(created_at) > 0);
  const server = { user: { name: "alice" }, name: "", url: "/user/alice/", full_url: null, ready: false };
  assert.deepEqual(model, {
    server,
    scopes: ["access:servers!server=alice/"],
    user: { name: "bob" },
    group: null,
    kind: "user",
  });
  const more = await send("POST", "/shares/alice/", { user: "bob", scopes: ["read:servers!server=alice/"] });
  const both = ["access:servers!server=alice/", "read:servers!server=alice/"];
  assert.deepEqual(more.json().scopes, both);
  for (const path of ["/shares/alice", "/shares/alice/", "/users/bob/shared"]) {
    const listed = (await send("GET", path)).json();
    assert.deepEqual([listed.items.length, listed.items[0].scopes, listed._pagination], [1, both, PAGED], path);
  }
  assert.deepEqual((await send("GET", "/users/bob/shared/alice/")).json().scopes, both);
  const left = await send("PATCH", "/shares/alice/", { user: "bob", scopes: ["read:servers"] });
  assert.deepEqual([left.status, left.json().scopes], [200, ["access:servers!server=alice/"]]);
  for (let twice = 0; twice < 2; twice += 1) {
    const none = await send("PATCH", "/shares/alice/", { user: "bob" });
    assert.deepEqual([none.status, none.json()], [200, {}]);
  }
  assert.equal((await send("GET", "/users/bob/shared/alice/")).status, 404);
});

test("141: wrong bodies, filters, people and servers", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  for (const body of [
    undefined,
    {},
    { scopes: ["access:servers"] },
    { user: "bob", group: "g1" },
    { user: "bob", extra: 1 },
    { user: 5 },
    { user: "bob", scopes: [] },
    { user: "bob", scopes: "access:servers" },
    { user: "bob", scopes: ["access:servers!user=alice"] },
    { user: "bob", scopes: ["access:servers!server=bob/"] },
    { user: "bob", scopes: ["nosuch"] },
    { user: "bob", scopes: ["admin:users"] },
    { user: "nobody" },
    { user: "a/b" },
    { group: "nosuch" },
    [],
  ])
    assert.equal((await send("POST", "/shares/alice/", body)).status, 400, JSON.stringify(body));
  assert.equal((await send("PATCH", "/shares/alice/", { user: "nobody" })).status, 400);
  for (const path of ["/shares/alice/lab", "/shares/nobody/", "/shares/alice/NO%20SUCH", "/shares/alice/%00"])
    for (const method of ["GET", "POST", "PATCH", "DELETE"])
      assert.equal((await send(method, path, { user: "bob" })).status, 404, `${method} ${path}`);
  assert.equal((await send("GET", "/shares/nobody")).status, 404);
  for (const method of ["POST", "PATCH", "DELETE"])
    assert.equal((await send(method, "/shares/alice", { user: "bob" })).status, 405);
  for (const method of ["POST", "DELETE", "PATCH"])
    assert.equal((await send(method, "/share-codes/alice")).status, 405);
});

test("141: every share of a server goes at once, of named servers too", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  await send("PUT", "/users/alice/servers/lab");
  await send("POST", "/groups/g1", { users: ["carol@x y"] });
  await send("POST", "/shares/alice/lab", { user: "bob" });
  const group = await send("POST", "/shares/alice/lab", { group: "g1" });
  assert.deepEqual([group.json().kind, group.json().group, group.json().user], ["group", { name: "g1" }, null]);
  await send("POST", "/shares/alice/", { user: "bob" });
  const shared = async (path: string) => (await send("GET", path)).json()._pagination.total;
  assert.equal(await shared("/shares/alice/lab"), 2);
  assert.equal(await shared("/users/carol@x%20y/shared"), 1, "by the group");
  assert.equal(await shared("/groups/g1/shared"), 1);
  assert.equal((await send("GET", "/groups/g1/shared/alice/lab")).json().kind, "group");
  assert.equal((await send("DELETE", "/shares/alice/lab")).status, 204);
  assert.deepEqual([await shared("/shares/alice/lab"), await shared("/shares/alice")], [0, 1]);
  const first = (await send("GET", "/shares/alice?limit=1&offset=0")).json();
  assert.deepEqual([first.items.length, first._pagination.limit], [1, 1]);
});

test("a share to a group of the configuration lets its members in", async (t) => {
  const house = await openHouse(t, { config: { groups: { staff: { members: { names: ["bob"] } } } } });
  const [admin, bob] = [await as(house), await as(house, "bob")];
  assert.equal((await bob("GET", "/users/alice/server")).status, 404);
  const made = await admin("POST", "/shares/alice/", { group: "staff", scopes: ["read:servers"] });
  assert.deepEqual([made.status, made.json().group], [200, { name: "staff" }]);
  assert.equal((await bob("GET", "/users/alice/server")).status, 200);
  assert.equal((await bob("GET", "/users/bob/shared")).json().items[0].group.name, "staff");
  assert.deepEqual((await admin("PATCH", "/shares/alice/", { group: "staff" })).json(), {});
  assert.equal((await bob("GET", "/users/alice/server")).status, 404);
});

test("142: nobody shares until they may; then only their own, and only with names they may see", async (t) => {
  const plain = await openHouse(t);
  const refused = await as(plain, "alice");
  assert.equal((await refused("POST", "/shares/alice/", { user: "bob" })).status, 403);
  assert.equal((await refused("POST", "/share-codes/alice/")).status, 403);
  assert.deepEqual((await refused("GET", "/shares/alice")).json().items, []);
  assert.equal((await refused("GET", "/shares/bob")).status, 404);

  const house = await openHouse(t, { config: SHARING });
  const alice = await as(house, "alice");
  assert.equal((await alice("POST", "/shares/bob/", { user: "alice" })).status, 404);
  for (const name of ["bob", "nobody"]) {
    assert.equal((await alice("POST", "/shares/alice/", { user: name })).status, 403, "names are not told");
    assert.deepEqual((await alice("PATCH", "/shares/alice/", { user: name })).json(), {}, "nor here");
  }
  assert.equal((await alice("POST", "/shares/alice/", { group: "nosuch" })).status, 403);
  assert.equal((await alice("POST", "/share-codes/alice/")).status, 200);
  assert.equal((await alice("POST", "/share-codes/alice/", { scopes: ["admin:servers"] })).status, 403);
});

test("who was let in leaves by themselves, and is put out by name", async (t) => {
  const house = await openHouse(t, { config: SHARING });
  const [admin, alice, bob] = [await as(house), await as(house, "alice"), await as(house, "bob")];
  const share = () => admin("POST", "/shares/alice/", { user: "bob", scopes: ["access:servers", "read:servers"] });
  await share();
  assert.equal((await bob("GET", "/users/bob/shared/alice/")).status, 200);
  assert.equal((await bob("GET", "/users/alice/server")).status, 200);
  assert.equal((await bob("GET", "/users/alice")).status, 404, "a server is shared, not its person");
  assert.equal((await bob("GET", "/users/alice/shared")).status, 404);
  assert.equal((await bob("DELETE", "/users/bob/shared/alice/")).status, 204);
  assert.equal((await bob("DELETE", "/users/bob/shared/alice/")).status, 404);
  assert.equal((await bob("GET", "/users/alice/server")).status, 404);
  await share();
  assert.deepEqual((await alice("PATCH", "/shares/alice/", { user: "bob" })).json(), {});
  assert.equal((await bob("GET", "/users/bob/shared/alice/")).status, 404);
});

test("share codes: shown once, listed without the code, removed by id, by code and all", async (t) => {
  const house = await openHouse(t, { config: { ...SHARING, publicUrl: "https://hub.example.org" } });
  const alice = await as(house, "alice");
  const made = await alice("POST", "/share-codes/alice/", { expires_in: 60 });
  assert.equal(made.status, 200);
  const { code, accept_url, full_accept_url, ...model } = made.json();
  assert.equal(accept_url, `/hub/accept-share?code=${code}`);
  assert.equal(full_accept_url, `https://hub.example.org/hub/accept-share?code=${code}`);
  assert.match(model.id, /^sc_\d+$/);
  assert.equal(Date.parse(model.expires_at) - Date.parse(model.created_at), 60_000);
  assert.deepEqual([model.exchange_count, model.last_exchanged_at], [0, null]);
  assert.equal(model.server.full_url, "https://hub.example.org/user/alice/");
  const listed = (await alice("GET", "/share-codes/alice")).json();
  assert.deepEqual([listed.items, listed._pagination], [[model], PAGED]);
  for (const body of [
    { expires_in: 59 },
    { expires_in: 31_536_001 },
    { expires_in: "60" },
    { extra: 1 },
    { scopes: 5 },
  ])
    assert.equal((await alice("POST", "/share-codes/alice/", body)).status, 400, JSON.stringify(body));
  const remove = async (query: string) => (await alice("DELETE", `/share-codes/alice/${query}`)).status;
  assert.equal(await remove("?id=sc_999"), 404);
  assert.equal(await remove("?code=nosuch"), 404);
  assert.equal(await remove(`?id=${model.id}&code=${code}`), 400);
  assert.equal(await remove(`?id=${model.id}`), 204);
  assert.equal(await remove(`?id=${model.id}`), 404);
  const second = (await alice("POST", "/share-codes/alice/")).json();
  assert.equal(await remove(`?code=${second.code}`), 204);
  await alice("POST", "/share-codes/alice/");
  assert.equal(await remove(""), 204);
  assert.equal((await alice("GET", "/share-codes/alice/")).json()._pagination.total, 0);
  assert.ok(!house.log.join("\n").includes(code), "codes are not logged");
});
