/** Checklist 31–47 of the protocol (9.3): people, as JupyterHub's clients know them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { urlName, userName } from "../../kernel/index.ts";
import { type House, openHouse } from "../test-support/house.ts";

async function asAdmin(house: House) {
  const headers = await house.tokenOf("admin");
  return (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

test("31: a new person is 201 with the full model, and 409 the second time", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  const made = await send("POST", "/users/dora");
  assert.equal(made.status, 201);
  const { created, ...model } = made.json();
  assert.ok(Date.parse(created) > 0);
  assert.deepEqual(model, {
    kind: "user",
    name: "dora",
    admin: false,
    roles: ["user"],
    groups: [],
    server: null,
    pending: null,
    last_activity: null,
    servers: {},
    auth_state: null,
    user_info: null,
  });
  assert.equal((await send("POST", "/users/dora")).status, 409);
  assert.equal((await send("POST", "/users/%20dora")).status, 400);
  assert.equal((await send("POST", "/users/ERIN", { admin: true })).json().admin, true);
  assert.equal((await send("GET", "/users/erin")).status, 200);
});

test("32, 33: many at once: lower-cased, existing ones skipped, all or nothing", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  const made = await send("POST", "/users", { usernames: ["alice", "Dora", "erin"] });
  assert.equal(made.status, 201);
  assert.deepEqual(
    made.json().map(({ name }: { name: string }) => name),
    ["dora", "erin"],
  );
  assert.equal((await send("POST", "/users", { usernames: ["dora", "erin"] })).status, 409);
  assert.equal((await send("POST", "/users", { usernames: ["fine", "x/y"] })).status, 400);
  assert.equal((await send("GET", "/users/fine")).status, 404);
  for (const body of [{}, { usernames: [] }, { usernames: "fine" }, [], "fine", null])
    assert.equal((await send("POST", "/users", body)).status, 400);
});

test("34: a change is exact about its keys and types, and the role follows the flag", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  for (const body of [{ foo: 1 }, { admin: "yes" }, { name: "bob" }, { name: "x/y" }, {}, []])
    assert.equal((await send("PATCH", "/users/alice", body)).status, 400, JSON.stringify(body));
  assert.deepEqual((await send("PATCH", "/users/alice", { admin: true })).json().roles.sort(), ["admin", "user"]);
  assert.deepEqual((await send("PATCH", "/users/alice", { admin: false })).json().roles, ["user"]);
  assert.equal((await send("PATCH", "/users/alice", { name: "alicia" })).json().name, "alicia");
  assert.equal((await send("GET", "/users/alice")).status, 404);
  assert.equal((await send("PATCH", "/users/admin", { admin: false })).status, 409);
  assert.equal((await send("PATCH", "/users/nobody", { admin: true })).status, 404);
});

test("36: removing is 204, then 404; nobody removes themselves", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  assert.equal((await send("DELETE", "/users/bob")).status, 204);
  assert.equal((await send("DELETE", "/users/bob")).status, 404);
  assert.equal((await send("DELETE", "/users/admin")).status, 400);
});

test("37, 38, 39: scopes decide which keys of a person appear", async (t) => {
  const house = await openHouse(t);
  const keys = async (scope: string) => {
    const headers = await house.tokenOf("admin", [scope]);
    return Object.keys((await house.send("GET", "/hub/api/users/alice", { headers })).json()).sort();
  };
  assert.deepEqual(await keys("read:users:name!user=alice"), ["admin", "kind", "name", "user_info"]);
  assert.deepEqual(await keys("read:users:groups"), ["groups", "kind", "name"]);
  assert.deepEqual(await keys("read:users:activity"), ["kind", "last_activity", "name"]);
  assert.deepEqual(await keys("read:servers"), ["admin", "kind", "name", "servers", "user_info"]);
  assert.equal((await keys("read:users")).includes("auth_state"), false);
  assert.equal((await keys("admin:users")).includes("auth_state"), true);
});

test("40: stopped servers are listed when asked for, the default one always", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  await send("PUT", "/users/alice/servers/work-2", {});
  assert.deepEqual((await send("GET", "/users/alice")).json().servers, {});
  for (const query of ["include_stopped_servers", "include_stopped_servers=", "include_stopped_servers=1"])
    assert.deepEqual(Object.keys((await send("GET", `/users/alice?${query}`)).json().servers), ["", "work-2"]);
  assert.deepEqual((await send("GET", "/users/alice?include_stopped_servers=0")).json().servers, {});
  assert.deepEqual(Object.keys((await send("GET", "/users?include_stopped_servers")).json()[2].servers), [""]);
});

test("41, 42: what a filtered caller may not see is as missing; without the scope it is 403 with its name", async (t) => {
  const house = await openHouse(t);
  const filtered = await house.tokenOf("admin", ["read:users!user=alice"]);
  const bob = await house.send("GET", "/hub/api/users/bob", { headers: filtered });
  const nobody = await house.send("GET", "/hub/api/users/nobody", { headers: filtered });
  assert.equal(bob.status, 404);
  assert.deepEqual([nobody.status, nobody.text], [bob.status, bob.text]);
  const none = await house.send("GET", "/hub/api/users", { headers: await house.tokenOf("alice") });
  assert.equal(none.status, 403);
  assert.match(none.json().message, /^Action is not authorized with current scopes; requires any of \[list:users\]$/);
});

test("43: people are filtered by state and name, and sorted", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  const names = async (query: string) =>
    (await send("GET", `/users?${query}`)).json().map(({ name }: { name: string }) => name);
  assert.deepEqual(await names(""), ["admin", "alice", "bob", "carol@x y"]);
  assert.deepEqual(await names("sort=-name"), ["carol@x y", "bob", "alice", "admin"]);
  assert.deepEqual(await names("name_filter=ALI"), ["alice"]);
  assert.deepEqual(await names("state=active"), []);
  assert.equal((await names("state=inactive")).length, 4);
  for (const query of ["state=foo", "sort=foo", "sort=name&sort=id", "limit=x", "offset=1.5"])
    assert.equal((await send("GET", `/users?${query}`)).status, 400, query);
});

test("44, 45, 46: pages are wrapped when asked for, and following them visits everybody once", async (t) => {
  const house = await openHouse(t);
  const headers = {
    ...(await house.tokenOf("admin")),
    accept: "application/jupyterhub-pagination+json",
    host: "hub.example.org:8000",
  };
  const seen: string[] = [];
  let path: string | null = "/hub/api/users?state=inactive&limit=0";
  while (path !== null) {
    const page = (await house.send("GET", path, { headers })).json();
    assert.equal(page._pagination.total, 4);
    assert.equal(page._pagination.limit, 1);
    seen.push(...page.items.map(({ name }: { name: string }) => name));
    const next: { url: string } | null = page._pagination.next;
    if (next !== null) assert.match(next.url, /^http:\/\/hub\.example\.org:8000\/hub\/api\/users\?.*state=inactive/);
    path = next === null ? null : next.url.slice("http://hub.example.org:8000".length);
  }
  assert.deepEqual(seen, ["admin", "alice", "bob", "carol@x y"]);
  const limit = async (query: string) =>
    (await house.send("GET", `/hub/api/users?${query}`, { headers })).json()._pagination.limit;
  assert.deepEqual([await limit("limit=9999"), await limit("limit=-3"), await limit("")], [200, 3, 50]);
});

test("47: a filter by people filters rows, one by servers is 403, and one by groups has nobody yet", async (t) => {
  const house = await openHouse(t);
  const list = async (scope: string) =>
    house.send("GET", "/hub/api/users", { headers: await house.tokenOf("admin", [scope]) });
  const some = (await list("list:users!user=alice")).json();
  assert.deepEqual(
    some.map(({ name }: { name: string }) => name),
    ["alice"],
  );
  assert.equal((await list("list:users!server=alice/")).status, 403);
  assert.deepEqual((await list("list:users!group=g1")).json(), []);
});

test("names that need escaping reach the same person in every spelling", async (t) => {
  const house = await openHouse(t);
  const send = await asAdmin(house);
  for (const spelling of ["carol@x%20y", "carol%40x%20y", "%63arol@x%20y", "Carol@X%20Y"])
    assert.equal((await send("GET", `/users/${spelling}`)).json().name, "carol@x y");
  const names = [
    "100%25",
    "a%41",
    "a;b",
    "a+b",
    "ü#?&",
    "<img src=x onerror=alert(1)>",
    "__proto__",
    "server",
    "o'neil",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names, ...fc.sample(fc.string({ minLength: 1, maxLength: 30 }), 30)),
      async (raw) => {
        let name: string;
        try {
          name = userName(raw);
        } catch {
          return; // cannot be a name
        }
        assert.ok([201, 409].includes((await send("POST", `/users/${urlName(name)}`)).status));
        assert.equal((await send("GET", `/users/${urlName(name)}`)).json().name, name);
      },
    ),
    { numRuns: 30 },
  );
});
