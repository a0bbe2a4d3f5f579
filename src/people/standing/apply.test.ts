import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { userName } from "../../kernel/index.ts";
import { changeUser, insertUsers } from "../../store/index.ts";
import { GITHUB, github, peopleHub } from "../people.fixture.ts";

const alice = userName("alice");

forEachDatabase("taking a configuration over", (open) => {
  test("who is named gets a row and may enter; who is named no more may not, and is signed out", async (t) => {
    const { people, configure, browse, browsers } = await peopleHub(
      t,
      open,
      "people: {names: [alice], admins: [Boss]}",
    );
    const [boss, row] = [await people.require("boss"), await people.require("alice")];
    assert.deepEqual([boss.admin, boss.byHand, row.admin, row.suspended], [true, false, false, null]);
    await browse("alice");
    await configure("people: {admins: [boss]}");
    assert.equal(
      people.suspendedOf(alice),
      "The configuration does not name this person, and no admin has added them.",
    );
    assert.equal((await people.require("alice")).suspended, people.suspendedOf(alice));
    assert.equal(await browsers("alice"), 0);
    await configure("people: {names: [alice, boss]}");
    assert.equal((await people.require("alice")).suspended, null);
    // A swap may take the last admin whom only a rule made one.
    assert.equal((await people.require("boss")).admin, false);
    assert.equal((await people.require("alice")).id, row.id);
  });

  test("whom an admin added stays, whatever the configuration says", async (t) => {
    const { people, configure } = await peopleHub(t, open, "people: {names: [alice]}");
    await people.add(["carol"]);
    await people.add(["root"], { admin: true });
    await configure("");
    const states = await Promise.all(["carol", "root", "alice"].map((name) => people.require(name)));
    assert.deepEqual(
      states.map(({ admin, suspended }) => [admin, suspended === null]),
      [
        [false, true],
        [true, true],
        [false, false],
      ],
    );
    const again = await people.setByHand("alice", true);
    assert.deepEqual([again.suspended, again.byHand], [null, true]);
    assert.notEqual((await people.setByHand("alice", false)).suspended, null);
  });

  test("groups and rights follow a changed rule at once, also those of a provider's people", async (t) => {
    const { people, configure, told } = await peopleHub(t, open, GITHUB);
    await people.admit(github(1, "alice", ["lab", "lab:staff"]));
    await configure(
      `${GITHUB.replace('["lab:staff"]', "[]")}groups:\n  team: {admin: true, memory: 9G, members: {github: ["lab:staff"]}}\n`,
    );
    assert.deepEqual(people.groupsOf(alice), ["team"]);
    assert.equal((await people.require("alice")).admin, true);
    assert.equal(people.policyOf(alice).memory.from, "groups.team.memory");
    assert.ok(told().includes(undefined));
    await configure(GITHUB.replace('["lab:staff"]', "[]"));
    assert.deepEqual([people.groupsOf(alice), (await people.require("alice")).admin], [[], false]);
    assert.equal(people.policyOf(alice).memory.from, "server.memory");
  });

  test("only rows whose standing changed are written", async (t) => {
    const { people, store, configure } = await peopleHub(t, open, "people: {names: [alice, bob]}");
    // What others wrote there stays, unless the standing has to change.
    await changeUser(store.db, (await people.require("alice")).id, { password_hash: "kept" });
    await configure("people: {names: [alice, bob], admins: [bob]}");
    const rows = await store.db
      .selectFrom("users")
      .select(["name", "admin", "password_hash"])
      .orderBy("name")
      .execute();
    assert.deepEqual(
      rows.map((row) => [row.name, row.admin, row.password_hash]),
      [
        ["alice", 0, "kept"],
        ["bob", 1, null],
      ],
    );
  });

  test("a row that others wrote is known once it is seen", async (t) => {
    const { people, store } = await peopleHub(t, open, "groups: {all: {admin: true, members: {everyone: true}}}");
    await insertUsers(store.db, [{ name: "first", admin: true, created: "", cookieId: "c" }]);
    assert.equal((await people.require("first")).admin, true);
    assert.deepEqual(people.groupsOf(userName("first")), ["all"]);
    assert.equal(people.suspendedOf(userName("first")), undefined);
    assert.deepEqual(people.groups.membersOf("all"), ["first"]);
  });

  test("changes that are made meanwhile are not lost", async (t) => {
    const { people, configure } = await peopleHub(t, open, "groups: {staff: {members: {names: [zoe]}}}");
    const work = [configure("groups: {staff: {members: {names: [zoe, alice]}}}")];
    for (let i = 0; i < 20; i += 1) work.push(people.add([`p${i}`]).then(() => undefined));
    work.push(people.add(["alice", "zoe"]).then(() => people.groups.addMembers("staff", ["p3"])));
    await Promise.all(work);
    assert.deepEqual(people.groups.membersOf("staff"), ["alice", "p3", "zoe"]);
    assert.equal(await people.count(), 22);
  });

  describe("what rules give", () => {
    test("cannot be taken away by hand, and the rule is named", async (t) => {
      const yaml = "people: {admins: [boss]}\ngroups:\n  ops: {admin: true, members: {names: [olga]}}";
      const { people } = await peopleHub(t, open, yaml);
      await people.add(["root", "olga"], { admin: true });
      await assert.rejects(people.setAdmin("boss", false), {
        code: "conflict",
        message: /rule of the configuration.*people\.admins names “boss” as an admin \(hublet\.yaml:1:19\)/,
      });
      await assert.rejects(people.setAdmin("olga", false), {
        message: /group “ops” are admins \(hublet\.yaml:3:\d+\)/,
      });
      assert.equal((await people.require("olga")).admin, true);
      assert.equal((await people.explain("olga")).admin.byHand, true);
      await assert.rejects(people.remove("boss"), { code: "conflict", message: /would come back.*hublet\.yaml:1:19/ });
    });

    test("a person whom the configuration names keeps the way in under another name", async (t) => {
      const { people, configure } = await peopleHub(t, open, `${GITHUB}people: {names: [alice]}`);
      await people.admit(github(1, "alice"));
      const renamed = await people.rename("alice", "alicia");
      assert.deepEqual([renamed.byHand, renamed.suspended], [true, null]);
      assert.equal((await people.admit(github(1, "alice"))).name, "alicia");
      // The configuration follows, and its new row makes way if the order was the other one.
      await configure(`${GITHUB}people: {names: [alicia, bobby]}`);
      await people.add(["bob"]);
      assert.equal((await people.rename("bob", "bobby")).name, "bobby");
      assert.equal(people.suspendedOf(userName("bobby")), undefined);
    });

    test("who may not enter cannot be made an admin", async (t) => {
      const { people, configure } = await peopleHub(t, open, "people: {names: [alice]}");
      await configure("");
      await assert.rejects(people.setAdmin("alice", true), { code: "conflict", message: /may not enter/ });
      await people.setByHand("alice", true);
      assert.equal((await people.setAdmin("alice", true)).admin, true);
    });
  });

  test("the last admin who can sign in stays, by whichever way they sign in", async (t) => {
    const { people, store } = await peopleHub(t, open, GITHUB);
    await people.add(["root", "second"], { admin: true });
    const root = await people.require("root");
    await changeUser(store.db, root.id, { password_hash: "hash" });
    await assert.rejects(people.setAdmin("root", false), { code: "conflict", message: /Make somebody else an admin/ });
    await people.admit(github(1, "octocat", ["lab:staff"]));
    await people.setAdmin("root", false);
    await assert.rejects(people.forgetIdentity("octocat", "github"), { code: "conflict" });
  });
});
