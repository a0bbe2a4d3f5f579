/** Many people at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { importedPeopleSchema } from "../../../contract/index.ts";
import { openHouse, PASSWORD } from "../../test-support/house.ts";

const PATH = "/hub/api/hublet/people/import";

test("rows become people with groups, rights and a way in", async (t) => {
  const house = await openHouse(t, { config: { groups: { staff: {} } } });
  const admin = await house.browserOf("admin");
  const take = async (rows: readonly object[], give: string) =>
    importedPeopleSchema.parse((await admin.call("POST", PATH, { rows, give })).json());
  const links = await take(
    [
      { name: " Dora ", groups: ["staff", "course 7", "staff"] },
      { name: "emil", admin: true, password: PASSWORD },
      { name: "alice", groups: ["staff"] },
    ],
    "links",
  );
  assert.deepEqual([links.added.map(({ name }) => name), links.existing], [["dora", "emil"], ["alice"]]);
  const code = new URL(links.added[0]?.url ?? "").searchParams.get("code") ?? "";
  assert.equal((await house.signIn.inspectClaim(code))?.name, "dora");
  assert.deepEqual([links.added[1]?.url, links.added[1]?.passphrase], [null, null]);
  assert.equal((await house.signIn.withPassword({ name: "emil", password: PASSWORD, address: "10.0.0.1" })).kind, "in");
  assert.deepEqual(house.people.groupsOf((await house.person("dora")).name), ["course 7", "staff"]);
  assert.deepEqual(house.people.groupsOf((await house.person("alice")).name), [], "who is there stays as they are");
  assert.equal((await house.person("emil")).admin, true);

  const phrases = await take([{ name: "frida" }, { name: "gustav" }], "passphrases");
  for (const { name, passphrase } of phrases.added)
    assert.equal(
      (await house.signIn.withPassword({ name, password: passphrase ?? "", address: "10.0.0.1" })).kind,
      "in",
    );
  assert.notEqual(phrases.added[0]?.passphrase, phrases.added[1]?.passphrase);
  const nothing = await take([{ name: "hanna" }], "nothing");
  assert.deepEqual([nothing.added[0]?.url, nothing.added[0]?.passphrase], [null, null]);
  assert.ok(house.log.every((line) => !line.includes(phrases.added[0]?.passphrase ?? "?") && !line.includes(code)));
});

test("people that the configuration made get the password of another hub, and those who have one keep it", async (t) => {
  const house = await openHouse(t, { config: { people: { names: ["carol"] } } });
  await house.people.applyConfiguration();
  await house.signIn.setPassword("alice", PASSWORD);
  const admin = await house.browserOf("admin");
  const passwordHash = hashSync("carols old one", 4);
  const rows = ["carol", "alice", "ivan"].map((name) => ({ name, passwordHash }));
  const taken = importedPeopleSchema.parse((await admin.call("POST", PATH, { rows, give: "links" })).json());
  assert.deepEqual(taken.takenOver, ["carol"]);
  assert.deepEqual(taken.existing, ["alice"]);
  assert.deepEqual(
    taken.added.map(({ name, url }) => [name, url]),
    [["ivan", null]],
  );
  const signIn = async (name: string, password: string) =>
    (await house.signIn.withPassword({ name, password, address: "10.0.0.1" })).kind;
  assert.equal(await signIn("carol", "carols old one"), "in");
  assert.equal(await signIn("ivan", "carols old one"), "in");
  assert.equal(await signIn("alice", PASSWORD), "in");
  const broken = [{ name: "judy", passwordHash: "plain text" }];
  const answer = await admin.call("POST", PATH, { rows: broken, give: "nothing" });
  assert.match(answer.text, /Row 1: .*bcrypt/);
});

test("one wrong row and nobody is added; every wrong row is named", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const before = await house.people.count();
  const refused = await admin.call("POST", PATH, {
    give: "links",
    rows: [
      { name: "dora" },
      { name: "a/b" },
      { name: "DORA" },
      { name: "emil", password: "short" },
      { name: "x", groups: ["a,b"] },
    ],
  });
  assert.equal(refused.status, 400);
  const { message } = refused.json();
  for (const words of ["Nobody was added", "Row 2:", "Row 3:", "Row 4:", "Row 5:"])
    assert.ok(message.includes(words), words);
  assert.doesNotMatch(message, /Row 1:|short”/);
  assert.equal(await house.people.count(), before);
  for (const body of [
    { rows: [], give: "links" },
    { rows: [{ name: "x" }], give: "gold" },
    { rows: [{ nam: "x" }], give: "links" },
  ])
    assert.equal((await admin.call("POST", PATH, body)).status, 400);
});

test("rights: a token that may add people makes no admins, and puts nobody into groups", async (t) => {
  const house = await openHouse(t);
  await house.people.groups.create("staff");
  const headers = await house.tokenOf("admin", ["admin:users"]);
  const post = async (row: object) =>
    (await house.send("POST", PATH, { headers, body: { rows: [row], give: "nothing" } })).status;
  assert.equal(await post({ name: "dora" }), 201);
  assert.equal(await post({ name: "emil", groups: ["staff"] }), 403);
  assert.equal(await house.people.find("emil"), undefined);
});

test("escalation: importing people into a group that makes admins takes an admin", async (t) => {
  const house = await openHouse(t, { config: { groups: { chiefs: { admin: true } } } });
  const body = { rows: [{ name: "dora", groups: ["chiefs"] }], give: "nothing" };
  const post = async (headers: Record<string, string>) => (await house.send("POST", PATH, { headers, body })).status;
  for (const scopes of [["groups"], ["admin:groups"], ["admin:users"], ["admin:users", "groups"]])
    assert.equal(await post(await house.tokenOf("admin", scopes)), 403, scopes.join());
  assert.equal(await post(await house.tokenOf("alice")), 403);
  // A token outlives the role of whoever made it.
  await house.people.add(["boss"], { admin: true });
  const headers = await house.tokenOf("boss", ["admin:users", "admin:groups"]);
  await house.people.setAdmin("boss", false);
  assert.equal(await post(headers), 403);
  assert.equal(await house.people.find("dora"), undefined);
  assert.deepEqual(house.people.groups.membersOf("chiefs"), []);
  assert.equal(await post(await house.tokenOf("admin")), 201);
  assert.equal((await house.person("dora")).admin, true);
});

test("where own passwords are off, people are imported without them or not at all", async (t) => {
  const header = { user: "x-remote-user", from: ["10.9.0.1"], allow: { everyone: true } };
  const house = await openHouse(t, { config: { signIn: { passwords: false, header } } });
  const admin = await house.browserOf("admin");
  const post = async (body: object) => (await admin.call("POST", PATH, body)).status;
  assert.equal(await post({ rows: [{ name: "dora" }], give: "links" }), 403);
  assert.equal(await post({ rows: [{ name: "dora", password: PASSWORD }], give: "nothing" }), 403);
  assert.equal(await house.people.find("dora"), undefined);
  assert.equal(await post({ rows: [{ name: "dora" }], give: "nothing" }), 201);
  assert.deepEqual((await admin.call("POST", "/hub/api/hublet/people", { names: ["emil"] })).json().links, []);
});

test("ten thousand rows with links are taken in at once, in a body larger than others may be", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const rows = Array.from({ length: 10_000 }, (_, index) => ({
    name: `person-${index}@students.example.org`,
    groups: [`course-${index % 20}`, "everybody in the first year of this university"],
  }));
  assert.ok(JSON.stringify(rows).length > 1024 * 1024);
  const before = performance.now();
  const answer = await admin.call("POST", PATH, { rows, give: "links" });
  t.diagnostic(`10 000 rows with links and groups: ${((performance.now() - before) / 1000).toFixed(1)} s`);
  assert.equal(answer.status, 201);
  const { added } = importedPeopleSchema.parse(answer.json());
  assert.equal(added.length, 10_000);
  assert.equal(house.people.groups.membersOf("course-3").length, 500);
  const tooMany = [...rows, { name: "one-more" }];
  assert.equal((await admin.call("POST", PATH, { rows: tooMany, give: "nothing" })).status, 400);
});
