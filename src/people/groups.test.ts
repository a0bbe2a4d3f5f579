import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { userName } from "../kernel/index.ts";
import { changeUser } from "../store/index.ts";
import { GITHUB, github, peopleHub } from "./people.fixture.ts";

const YAML = `${GITHUB}
groups:
  staff:
    description: Who works here
    members: {names: [Alice], github: ["lab:staff"]}
    memory: 4G
    cpus: 1
    idleTimeout: off
    maximumAge: 90m
    mounts: [{source: /srv/data, target: /data}, {source: scratch, target: /scratch, readOnly: false}]
    environment: {TOKEN: not-shown}
  ops: {admin: true}
`;

forEachDatabase("groups", (open) => {
  test("of the configuration and by hand are listed with what they give", async (t) => {
    const { people } = await peopleHub(t, open, YAML);
    await people.add(["alice", "bob"]);
    await people.groups.create("Course 1");
    const list = people.groups.list();
    assert.deepEqual(
      list.map(({ name, members, configured, place }) => [name, members, configured, place]),
      [
        ["Course 1", 0, false, null],
        ["ops", 0, true, "hublet.yaml:21:8"],
        ["staff", 1, true, "hublet.yaml:12:3"],
      ],
    );
    assert.deepEqual(people.groups.find("staff")?.gives, [
      "memory 4 GiB",
      "1 CPU",
      "idle servers are never stopped",
      "servers are stopped after 90 min",
      "/srv/data at /data, read-only",
      "scratch at /scratch, read and write",
      "environment variable TOKEN",
    ]);
    assert.equal(people.groups.find("nothing"), undefined);
  });

  test("have members by name, by provider and by hand, each with its reasons", async (t) => {
    const { people, restarted } = await peopleHub(t, open, YAML);
    await people.add(["alice", "bob"]);
    await people.admit(github(1, "octocat", ["lab:staff"]));
    await people.groups.addMembers("staff", ["BOB", "alice"]);
    for (const one of [people, await restarted()]) {
      assert.deepEqual(one.groups.membersOf("staff"), ["alice", "bob", "octocat"]);
      const { items, total } = one.groups.members("staff", { offset: 0, limit: 2 });
      assert.equal(total, 3);
      assert.deepEqual(items, [
        {
          name: "alice",
          byHand: true,
          because: [
            "An admin put this person into the group.",
            "groups.staff.members.names names “alice” (hublet.yaml:14:23).",
          ],
        },
        { name: "bob", byHand: true, because: ["An admin put this person into the group."] },
      ]);
      assert.match(
        one.groups.members("staff", { offset: 2, limit: 2 }).items[0]?.because[0] ?? "",
        /lab:staff at GitHub/,
      );
      assert.deepEqual(
        (await one.list({ group: "staff" })).items.map((person) => person.name as string),
        ["alice", "bob", "octocat"],
      );
      assert.equal((await one.list({ group: "staff", only: [userName("bob")] })).total, 1);
      assert.equal((await one.list({ group: "no such" })).total, 0);
    }
    await people.groups.removeMembers("staff", ["alice", "bob"]);
    // What a rule gives stays.
    assert.deepEqual(people.groups.membersOf("staff"), ["alice", "octocat"]);
    await people.remove("alice");
    assert.deepEqual(people.groups.membersOf("staff"), ["octocat"]);
  });

  test("made by hand have properties, and go with their memberships", async (t) => {
    const { people, told } = await peopleHub(t, open, YAML);
    await people.add(["bob"]);
    await people.groups.create("course");
    await people.groups.addMembers("course", ["bob"]);
    await people.groups.setProperties("course", { term: 1 });
    await people.groups.setProperties("staff", { kept: true });
    assert.deepEqual(await people.groups.propertiesOf("course"), { term: 1 });
    assert.deepEqual(await people.groups.propertiesOf("staff"), { kept: true });
    assert.deepEqual(await people.groups.propertiesOf("ops"), {});
    told();
    await people.groups.remove("course");
    assert.deepEqual(told(), ["bob"]);
    assert.deepEqual(people.groupsOf(userName("bob")), []);
    await people.groups.create("course");
    assert.deepEqual(people.groups.membersOf("course"), []);
  });

  test("are refused with words when they cannot be made, found or removed", async (t) => {
    const { people } = await peopleHub(t, open, YAML);
    const { groups } = people;
    await groups.create("course");
    await assert.rejects(groups.create("course"), { code: "conflict" });
    await assert.rejects(groups.create("staff"), { code: "conflict" });
    for (const name of ["", " x", "a/b", "a=b", "a,b", "a!b", "x".repeat(65), "a\u200bb"]) {
      await assert.rejects(groups.create(name), { code: "name-invalid" });
    }
    await assert.rejects(groups.remove("staff"), { code: "conflict", message: /hublet\.yaml:12:3/ });
    await assert.rejects(groups.remove("nothing"), { code: "not-found" });
    await assert.rejects(groups.addMembers("nothing", []), { code: "not-found" });
    await assert.rejects(groups.setProperties("nothing", {}), { code: "not-found" });
    await people.add(["bob"]);
    await assert.rejects(groups.addMembers("course", ["bob", "nobody", "a/b"]), {
      code: "bad-request",
      message: /“nobody”, “a\/b”/,
    });
    assert.deepEqual(groups.membersOf("course"), []);
  });

  test("that make admins do so by hand too, and leave one who can sign in", async (t) => {
    const { people, store } = await peopleHub(t, open, YAML);
    const { added } = await people.add(["bob", "carol"]);
    for (const { id } of added) await changeUser(store.db, id, { password_hash: "hash" });
    await people.groups.addMembers("ops", ["bob", "carol"]);
    assert.equal((await people.require("bob")).admin, true);
    await people.groups.removeMembers("ops", ["carol"]);
    assert.equal((await people.require("carol")).admin, false);
    await assert.rejects(people.groups.removeMembers("ops", ["bob"]), { code: "conflict" });
    assert.deepEqual([(await people.require("bob")).admin, people.groups.membersOf("ops")], [true, ["bob"]]);
  });
});
