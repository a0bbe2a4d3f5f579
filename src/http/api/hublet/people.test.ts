/** Hublet's own API for admins, and for one's own account. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addPeopleResultSchema,
  claimLinkSchema,
  homeSchema,
  peopleSchema,
  removedPersonSchema,
  sessionSchema,
  timelineSchema,
} from "../../../contract/index.ts";
import { serverName, userName } from "../../../kernel/index.ts";
import { openHouse, PASSWORD } from "../../test-support/house.ts";

test("people are listed, searched and paged as the contract says", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const admin = await house.browserOf("admin");
  await admin.call("POST", "/hub/api/users/alice/server");
  await house.signIn.setPassword("alice", PASSWORD);
  const list = async (query: string) =>
    peopleSchema.parse((await admin.call("GET", `/hub/api/hublet/people${query}`)).json());
  const all = await list("");
  assert.deepEqual(
    all.items.map(({ name }) => name),
    ["admin", "alice", "bob", "carol@x y"],
  );
  assert.deepEqual([all.total, all.running], [4, 1]);
  assert.deepEqual(
    all.items.map(({ claimed }) => claimed),
    [false, true, false, false],
  );
  assert.equal(all.items[1]?.servers[0]?.state, "ready");
  assert.deepEqual(
    (await list("?state=active")).items.map(({ name }) => name),
    ["alice"],
  );
  assert.deepEqual(
    (await list("?search=ROL&limit=1")).items.map(({ name }) => name),
    ["carol@x y"],
  );
  assert.deepEqual(
    (await list("?offset=3&sort=-name")).items.map(({ name }) => name),
    ["admin"],
  );
  for (const query of ["?limit=0", "?limit=x", "?state=foo", "?sort=id", "?offset=-1"])
    assert.equal((await admin.call("GET", `/hub/api/hublet/people${query}`)).status, 400, query);
});

test("new people get links that work; existing ones are named", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const added = await admin.call("POST", "/hub/api/hublet/people", { names: ["Dora", "alice", "dora"] });
  assert.equal(added.status, 201);
  const { links, existing } = addPeopleResultSchema.parse(added.json());
  assert.deepEqual([links.map(({ name }) => name), existing], [["dora"], ["alice"]]);
  assert.equal(links[0]?.url, `http://hub.example.org/hub/claim?code=${links[0]?.code}`);
  assert.equal((await house.signIn.inspectClaim(links[0]?.code ?? ""))?.name, "dora");
  const again = claimLinkSchema.parse((await admin.call("POST", "/hub/api/hublet/people/dora/claim")).json());
  assert.equal(await house.signIn.inspectClaim(links[0]?.code ?? ""), undefined);
  assert.equal((await house.signIn.inspectClaim(again.code))?.name, "dora");
  assert.equal((await admin.call("POST", "/hub/api/hublet/people", { names: ["x/y"] })).status, 400);
  assert.equal((await admin.call("POST", "/hub/api/hublet/people", { names: [] })).status, 400);
  assert.equal((await admin.call("POST", "/hub/api/hublet/people/nobody/claim")).status, 404);
  assert.ok(house.log.every((line) => !line.includes(again.code)));
});

test("removing keeps the files unless erasing is said, and erases before the name is free again", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  assert.equal((await admin.call("DELETE", "/hub/api/hublet/people/alice")).status, 204);
  assert.equal((await admin.call("DELETE", "/hub/api/hublet/people/bob", { data: "keep" })).status, 204);
  assert.deepEqual(house.erased, []);
  assert.equal((await admin.call("DELETE", "/hub/api/hublet/people/carol@x%20y", { data: "erase" })).status, 204);
  assert.deepEqual(house.erased, ["carol@x y"]);
  for (const [name, body, status] of [
    ["carol@x%20y", {}, 404],
    ["admin", {}, 400],
    ["nobody", { data: "shred" }, 400],
  ] as const)
    assert.equal((await admin.call("DELETE", `/hub/api/hublet/people/${name}`, body)).status, status);
});

test("who archives a person's files is told where they are", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const { status, json } = await admin.call("DELETE", "/hub/api/hublet/people/alice", { data: "archive" });
  assert.equal(status, 200);
  assert.deepEqual(removedPersonSchema.parse(json()), { archive: "archives/alice.tar.gz" });
});

test("of somebody who cannot be removed nothing is stopped, archived or erased", async (t) => {
  const house = await openHouse(t, { config: { people: { names: ["dora"] } } });
  const key = { user: userName("dora"), server: serverName("") };
  await house.servers.start({ ...key, by: "dora" });
  const admin = await house.browserOf("admin");
  for (const data of ["erase", "archive"]) {
    const { status, json } = await admin.call("DELETE", "/hub/api/hublet/people/dora", { data });
    assert.equal(status, 409);
    assert.match(json().message, /would come back/);
  }
  assert.deepEqual([house.erased, house.archived], [[], []]);
  assert.ok((await house.servers.get(key)) !== undefined);
});

test("one's own account: who is here, and a new password that needs the old one and a browser", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const alice = await house.browserOf("alice");
  const other = await house.browserOf("alice");
  const session = sessionSchema.parse((await alice.call("GET", "/hub/api/hublet/session")).json());
  assert.deepEqual(session.user, { name: "alice", admin: false, hasPassword: true });
  const change = (current: string, next: string) => ({ current, next });
  const path = "/hub/api/hublet/account/password";
  assert.equal((await alice.call("POST", path, change("wrong", "a new long password"))).status, 403);
  assert.equal((await alice.call("POST", path, change(PASSWORD, "short"))).status, 400);
  assert.equal((await alice.call("POST", path, { current: PASSWORD })).status, 400);
  const headers = await house.tokenOf("alice");
  const byToken = { headers, body: change(PASSWORD, "a new long password") };
  assert.equal((await house.send("POST", path, byToken)).status, 403);
  assert.equal((await alice.call("POST", path, change(PASSWORD, "a new long password"))).status, 204);
  assert.equal((await alice.call("GET", "/hub/api/user")).status, 200);
  assert.equal((await other.call("GET", "/hub/api/user")).status, 403);
});

test("an admin sets a person's password, which ends their sign-ins", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const alice = await house.browserOf("alice");
  assert.equal((await admin.call("PUT", "/hub/api/hublet/people/alice/password", { password: PASSWORD })).status, 204);
  assert.equal((await alice.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await admin.call("PUT", "/hub/api/hublet/people/alice/password", { password: "x" })).status, 400);
  assert.equal((await admin.call("PUT", "/hub/api/hublet/people/nobody/password", { password: PASSWORD })).status, 404);
  assert.ok(house.log.every((line) => !line.includes(PASSWORD)));
});

test("the home page, the timeline and the log of one's own server", async (t) => {
  const profiles = [{ name: "small", title: "Small", memory: "1G" }];
  const house = await openHouse(t, { proxy: true, config: { profiles } });
  const alice = await house.browserOf("alice");
  const home = homeSchema.parse((await alice.call("GET", "/hub/api/hublet/home")).json());
  assert.deepEqual([home.servers.length, home.profiles[0]?.memoryBytes, home.notes], [1, 1024 ** 3, []]);
  assert.deepEqual(home.limits, { memory: true, cpu: false });
  const server = "/hub/api/hublet/users/alice/server";
  assert.deepEqual(timelineSchema.parse((await alice.call("GET", `${server}/timeline`)).json()).events, []);
  await alice.call("POST", "/hub/api/users/alice/server");
  const { events } = timelineSchema.parse((await alice.call("GET", `${server}/timeline?wait=5`)).json());
  assert.deepEqual([events[0]?.state, events.at(-1)?.state], ["queued", "ready"]);
  assert.match((await alice.call("GET", `${server}/log?lines=5`)).json().text, /notebook of alice/);
  for (const path of [`${server}/log?lines=0`, `${server}/timeline?wait=99`])
    assert.equal((await alice.call("GET", path)).status, 400);
  assert.equal((await alice.call("GET", "/hub/api/hublet/users/alice/servers/nosuch/log")).status, 404);
});

test("whose server was stopped by a rule reads why; the rule's place is for admins", async (t) => {
  const house = await openHouse(t, { proxy: true, config: { server: { maximumAge: "1s" } } });
  const alice = await house.browserOf("alice");
  const admin = await house.browserOf("admin");
  const ended = Promise.withResolvers<void>();
  house.servers.subscribe(
    ({ server, event }) => event?.state === "stopped" && server.user === "alice" && ended.resolve(),
  );
  await alice.call("POST", "/hub/api/users/alice/server");
  await ended.promise;
  const { servers } = homeSchema.parse((await alice.call("GET", "/hub/api/hublet/home")).json());
  const text = "Stopped after 1 s, the longest that a server may run";
  assert.equal(servers[0]?.stoppedBecause, `${text}.`);
  const people = peopleSchema.parse((await admin.call("GET", "/hub/api/hublet/people?search=alice")).json());
  assert.match(people.items[0]?.servers[0]?.stoppedBecause ?? "", /the longest .+ \(rule: server\.maximumAge.*\)\.$/);
});
