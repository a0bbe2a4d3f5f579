/** Checklist 47–50 and 57 of the protocol (9.3, 9.4): groups, as JupyterHub's clients know them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type House, openHouse } from "../test-support/house.ts";

async function as(house: House, name = "admin", scopes?: readonly string[]) {
  const headers = await house.tokenOf(name, scopes);
  return (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    house.send(method, `/hub/api${path}`, {
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    });
}

const namesIn = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test("48: a group is made, filled, given properties and removed, in the shapes recorded from JupyterHub", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  const made = await send("POST", "/groups/g1", { users: ["alice"] });
  assert.equal(made.status, 201);
  assert.deepEqual(made.json(), { kind: "group", users: ["alice"], name: "g1", properties: {}, roles: [] });
  const again = await send("POST", "/groups/g1");
  assert.equal(again.status, 409);
  assert.deepEqual(again.json(), { status: 409, message: "Group g1 already exists" });

  const unknown = await send("POST", "/groups/g1/users", { users: ["bob", "nobody"] });
  assert.deepEqual([unknown.status, unknown.json().message], [400, "No such user: nobody"]);
  for (const body of [undefined, {}, { users: "bob" }, [], { users: [5] }])
    assert.equal((await send("POST", "/groups/g1/users", body)).status, 400, JSON.stringify(body));
  for (let twice = 0; twice < 2; twice += 1) {
    const filled = await send("POST", "/groups/g1/users", { users: ["BOB", "bob"] });
    assert.deepEqual([filled.status, filled.json().users], [200, ["alice", "bob"]]);
  }

  const properties = await send("PUT", "/groups/g1/properties", { a: 1, b: { c: [null] } });
  assert.deepEqual([properties.status, properties.json().properties], [200, { a: 1, b: { c: [null] } }]);
  assert.deepEqual((await send("PUT", "/groups/g1/properties", { d: 2 })).json().properties, { d: 2 });
  for (const body of ["text", [1], 5]) assert.equal((await send("PUT", "/groups/g1/properties", body)).status, 400);
  assert.deepEqual((await send("GET", "/groups/g1")).json().properties, { d: 2 });

  assert.equal((await send("DELETE", "/groups/g1")).status, 204);
  const gone = await send("GET", "/groups/g1");
  assert.deepEqual([gone.status, gone.json().message], [404, "No such group: g1"]);
  assert.equal((await send("DELETE", "/groups/g1")).status, 404);
});

test("48: nothing is made when one of the people is not there, or the name cannot be", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  assert.equal((await send("POST", "/groups/g1", { users: ["alice", "nobody"] })).status, 400);
  assert.equal((await send("GET", "/groups/g1")).status, 404);
  for (const name of ["a%2Fb", "%20x", "x".repeat(70), "a!b", "a%3Db"])
    assert.equal((await send("POST", `/groups/${name}`)).status, 400, name);
  assert.equal((await send("POST", "/groups", { groups: ["fine", "a/b"] })).status, 400);
  assert.deepEqual((await send("GET", "/groups")).json(), []);
});

test("49: people are taken out by a JSON body of DELETE, with or without a content type", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  await send("POST", "/groups/g1", { users: ["alice", "bob"] });
  const left = await send("DELETE", "/groups/g1/users", { users: ["bob"] });
  assert.deepEqual([left.status, left.json().users], [200, ["alice"]]);
  assert.equal((await send("DELETE", "/groups/g1/users", { users: ["bob"] })).status, 200);
  const typed = await send("DELETE", "/groups/g1/users", { users: ["alice"] }, { "content-type": "application/json" });
  assert.deepEqual(typed.json().users, []);
  assert.equal((await send("DELETE", "/groups/g1/users")).status, 400);
});

test("50: many at once, listed whole and in pages", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  const made = await send("POST", "/groups", { groups: ["g2", "g3"], users: ["bob"] });
  assert.equal(made.status, 201);
  assert.deepEqual(made.json(), [
    { kind: "group", users: ["bob"], name: "g2", properties: {}, roles: [] },
    { kind: "group", users: ["bob"], name: "g3", properties: {}, roles: [] },
  ]);
  assert.equal((await send("POST", "/groups", { groups: ["g1", "g2"] })).status, 409);
  assert.equal((await send("GET", "/groups/g1")).status, 404, "all or nothing");
  for (const body of [{}, { groups: [] }, { groups: "g9" }, undefined])
    assert.equal((await send("POST", "/groups", body)).status, 400);
  assert.deepEqual(namesIn((await send("GET", "/groups")).json()), ["g2", "g3"]);
  const paged = await send("GET", "/groups?limit=1", undefined, { accept: "application/jupyterhub-pagination+json" });
  const { items, _pagination } = paged.json();
  assert.deepEqual(namesIn(items), ["g2"]);
  assert.deepEqual([_pagination.total, _pagination.next.offset], [2, 1]);
});

test("38: scopes decide which keys of a group appear, and which groups", async (t) => {
  const house = await openHouse(t);
  await (await as(house))("POST", "/groups", { groups: ["g1", "g2"] });
  const keys = async (scope: string) => {
    const answer = await (await as(house, "admin", [scope]))("GET", "/groups/g1");
    return [answer.status, ...Object.keys(answer.json()).sort()];
  };
  assert.deepEqual(await keys("read:groups"), [200, "kind", "name", "properties", "users"]);
  assert.deepEqual(await keys("read:groups:name"), [200, "kind", "name"]);
  assert.deepEqual(await keys("read:roles:groups!group=g1"), [200, "kind", "name", "roles"]);
  assert.equal((await keys("read:groups!group=g2"))[0], 404);
  const own = await as(house, "alice");
  assert.equal((await own("GET", "/groups/g1")).status, 403);
  for (const [method, path] of [
    ["GET", "/groups"],
    ["POST", "/groups"],
    ["POST", "/groups/g9"],
    ["DELETE", "/groups/g1"],
    ["POST", "/groups/g1/users"],
    ["DELETE", "/groups/g1/users"],
    ["PUT", "/groups/g1/properties"],
  ] as const)
    assert.equal((await own(method, path, { users: [] })).status, 403, `${method} ${path}`);
  const one = await as(house, "admin", ["groups!group=g1", "list:groups!group=g1"]);
  assert.deepEqual(namesIn((await one("GET", "/groups")).json()), ["g1"]);
  assert.equal((await one("POST", "/groups/g2/users", { users: [] })).status, 404);
  assert.equal((await (await as(house, "admin", ["list:groups!user=alice"]))("GET", "/groups")).status, 403);
});

test("47, 57: filters by group reach its members, of the configuration and by hand, while they are members", async (t) => {
  const house = await openHouse(t, { config: { groups: { staff: { members: { names: ["bob"] } } } } });
  const send = await as(house);
  await send("POST", "/groups/g1", { users: ["alice"] });
  const limited = await as(house, "admin", ["list:users!group=g1", "list:users!group=staff", "read:users!group=g1"]);
  assert.deepEqual(namesIn((await limited("GET", "/users")).json()).sort(), ["alice", "bob"]);
  assert.equal((await limited("GET", "/users/alice")).json().kind, "user");
  assert.equal((await limited("GET", "/users/carol@x%20y")).status, 404);
  assert.deepEqual((await limited("GET", "/users/alice")).json().groups, ["g1"]);
  await send("DELETE", "/groups/g1/users", { users: ["alice"] });
  assert.deepEqual(namesIn((await limited("GET", "/users")).json()), ["bob"]);
  assert.equal((await limited("GET", "/users/alice")).status, 404);
});

test("groups are in every model of a person", async (t) => {
  const house = await openHouse(t, { config: { groups: { staff: { members: { names: ["alice"] } } } } });
  const send = await as(house);
  await send("POST", "/groups/g1", { users: ["alice"] });
  const own = await as(house, "alice");
  assert.deepEqual((await own("GET", "/user")).json().groups, ["g1", "staff"]);
  assert.deepEqual((await send("GET", "/users/alice")).json().groups, ["g1", "staff"]);
  const listed = (await send("GET", "/users?name_filter=alice")).json();
  assert.deepEqual(listed[0].groups, ["g1", "staff"]);
});

test("a group of the configuration shows everybody in it, may be filled by hand, and stays", async (t) => {
  const house = await openHouse(t, { config: { groups: { staff: { members: { names: ["alice"] } } } } });
  const send = await as(house);
  assert.deepEqual((await send("GET", "/groups/staff")).json().users, ["alice"]);
  assert.equal((await send("POST", "/groups/staff")).status, 409);
  assert.equal((await send("DELETE", "/groups/staff")).status, 409);
  assert.deepEqual((await send("POST", "/groups/staff/users", { users: ["bob"] })).json().users, ["alice", "bob"]);
  const taken = await send("DELETE", "/groups/staff/users", { users: ["alice", "bob"] });
  assert.deepEqual(taken.json().users, ["alice"], "the configuration's word stands");
});

test("attack: becoming an admin by way of a group that makes admins", async (t) => {
  const house = await openHouse(t, { config: { groups: { chiefs: { admin: true }, staff: {} } } });
  const limited = await as(house, "admin", ["groups"]);
  assert.equal((await limited("POST", "/groups/staff/users", { users: ["alice"] })).status, 200);
  assert.equal((await limited("POST", "/groups/chiefs/users", { users: ["alice"] })).status, 403);
  for (const scopes of [["admin:groups"], ["groups", "admin:groups"], ["groups!group=chiefs"]]) {
    const some = await as(house, "admin", scopes);
    assert.equal((await some("POST", "/groups/chiefs/users", { users: ["alice"] })).status, 403, scopes.join());
    assert.equal((await some("POST", "/groups/chiefs", { users: ["alice"] })).status >= 400, true);
  }
  // Nor by a token that outlived the role of whoever made it.
  await house.people.add(["boss"], { admin: true });
  const former = await as(house, "boss", ["groups", "admin:users"]);
  await house.people.setAdmin("boss", false);
  assert.equal((await former("POST", "/groups/chiefs/users", { users: ["alice"] })).status, 403);
  assert.deepEqual(house.people.groups.membersOf("chiefs"), []);
  assert.equal((await house.people.require("alice")).admin, false);
  const full = await as(house);
  assert.equal((await full("POST", "/groups/chiefs/users", { users: ["alice"] })).status, 200);
  assert.equal((await house.people.require("alice")).admin, true);
});

test("attack: taking the role from admins with a token for their group alone", async (t) => {
  const house = await openHouse(t, { config: { groups: { chiefs: { admin: true } } } });
  await house.people.groups.addMembers("chiefs", ["alice"]);
  for (const scopes of [["groups!group=chiefs"], ["admin:groups"]]) {
    const limited = await as(house, "admin", scopes);
    assert.equal((await limited("DELETE", "/groups/chiefs/users", { users: ["alice"] })).status, 403, scopes.join());
  }
  assert.equal((await house.people.require("alice")).admin, true);
});

test("ten thousand members at once are looked up together: it costs no more than a few times what adding the people does", async (t) => {
  const house = await openHouse(t);
  const send = await as(house);
  const users = Array.from({ length: 10_000 }, (_, index) => `student-${index}`);
  const adding = await worked(() => house.people.add(users));
  await send("POST", "/groups/course");
  const filling = await worked(() => send("POST", "/groups/course/users", { users }));
  const emptying = await worked(() => send("DELETE", "/groups/course/users", { users }));
  t.diagnostic(`ms: added ${adding.toFixed(0)}, put in ${filling.toFixed(0)}, taken out ${emptying.toFixed(0)}`);
  assert.ok(filling < 3 * adding && emptying < 3 * adding);
});

/** Milliseconds of this process's own work. */
async function worked(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
