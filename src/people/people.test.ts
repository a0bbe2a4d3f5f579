import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { heldClock } from "../../test/support/held-clock.ts";
import { snapshotFromText } from "../config/index.ts";
import { isoTime, userName } from "../kernel/index.ts";
import type { Store } from "../store/index.ts";
import { createPeople, type PeopleQuery } from "./index.ts";

forEachDatabase("people", (open) => {
  async function setUp(t: Parameters<typeof open>[0]) {
    const store = await open(t);
    const clock = heldClock();
    const snapshot = snapshotFromText("");
    return { store, clock, people: createPeople({ store, clock, snapshot: () => snapshot }) };
  }

  describe("adding", () => {
    test("names are normalised and found in any case", async (t) => {
      const { people, clock } = await setUp(t);
      const { added, existing } = await people.add(["Alice", "BOB"], { admin: true });
      assert.deepEqual(
        added.map((person) => [person.name, person.admin, person.hasPassword, person.lastActivity]),
        [
          ["alice", true, false, null],
          ["bob", true, false, null],
        ],
      );
      assert.equal(added[0]?.created, isoTime(clock.now()));
      assert.deepEqual(existing, []);
      assert.equal((await people.find("ALICE"))?.name, "alice");
      assert.deepEqual(await people.byId(added[1]?.id ?? 0), added[1]);
    });

    test("people who are there stay as they are, and a name given twice is added once", async (t) => {
      const { people } = await setUp(t);
      await people.add(["alice"]);
      const { added, existing } = await people.add(["ALICE", "carol", "Carol"], { admin: true });
      assert.deepEqual(
        added.map((person) => person.name),
        ["carol"],
      );
      assert.deepEqual(existing, ["alice"]);
      assert.equal((await people.require("alice")).admin, false);
    });

    test("one invalid name and nobody is added", async (t) => {
      const { people } = await setUp(t);
      await assert.rejects(people.add(["alice", "a/b"]), { code: "name-invalid" });
      assert.equal(await people.count(), 0);
    });

    test("many at once, and two callers at once", async (t) => {
      const { people } = await setUp(t);
      const names = Array.from({ length: 1200 }, (_, i) => `student${i}`);
      const results = await Promise.all([people.add(names), people.add(names)]);
      assert.equal(await people.count(), 1200);
      assert.equal(results[0].added.length + results[1].added.length, 1200);
    });

    test("nobody is found by a name that cannot exist", async (t) => {
      const { people } = await setUp(t);
      for (const name of ["", " ", "a/b", "x".repeat(500), "nul\0", "\ud800", "nobody"]) {
        assert.equal(await people.find(name), undefined);
        await assert.rejects(people.require(name), { code: "not-found" });
      }
      assert.equal(await people.byId(99), undefined);
    });
  });

  describe("listing", () => {
    async function names(people: ReturnType<typeof createPeople>, query: PeopleQuery) {
      const { items, total } = await people.list(query);
      return { names: items.map((person) => person.name as string), total };
    }

    test("by what their servers do", async (t) => {
      const { people, store } = await setUp(t);
      await people.add(["root"], { admin: true });
      await people.add(["idle", "ready", "starting", "failed", "never"]);
      for (const name of ["idle", "ready", "starting", "failed"]) {
        await addServer(store, (await people.require(name)).id, name === "idle" ? "stopped" : name);
      }
      await addServer(store, (await people.require("ready")).id, "stopped", "second");
      assert.deepEqual(await names(people, { state: "active" }), { names: ["ready", "starting"], total: 2 });
      assert.deepEqual(await names(people, { state: "ready" }), { names: ["ready"], total: 1 });
      assert.deepEqual((await names(people, { state: "inactive" })).names, ["failed", "idle", "never", "root"]);
      assert.deepEqual(await names(people, { state: "admin" }), { names: ["root"], total: 1 });
      assert.equal((await names(people, {})).total, 6);
    });

    test("sorted by the order of code points, and by last activity with the idle first or last", async (t) => {
      const { people, clock } = await setUp(t);
      // In an English sort order “_” would come first and “é” beside “e”.
      await people.add(["b", "a_c", "abc", "éa", "zed"]);
      assert.deepEqual((await names(people, { sort: "name" })).names, ["a_c", "abc", "b", "zed", "éa"]);
      assert.deepEqual((await names(people, { sort: "-name" })).names, ["éa", "zed", "b", "abc", "a_c"]);
      assert.deepEqual((await names(people, { sort: "-id" })).names, ["zed", "éa", "abc", "a_c", "b"]);
      for (const name of ["zed", "b"]) {
        await people.touch((await people.require(name)).id, clock.now());
        clock.pass(60_000);
      }
      assert.deepEqual((await names(people, { sort: "last_activity" })).names, ["a_c", "abc", "éa", "zed", "b"]);
      assert.deepEqual((await names(people, { sort: "-last_activity", limit: 2 })).names, ["b", "zed"]);
    });

    test("by a part of the name in any case, taken literally", async (t) => {
      const { people } = await setUp(t);
      await people.add(["anna", "hanna", "a%b", "a_b", "axb", "a\\b"]);
      assert.deepEqual(await names(people, { search: "ANNA" }), { names: ["anna", "hanna"], total: 2 });
      assert.deepEqual((await names(people, { search: "%" })).names, ["a%b"]);
      assert.deepEqual((await names(people, { search: "a_b" })).names, ["a_b"]);
      assert.deepEqual((await names(people, { search: "\\" })).names, ["a\\b"]);
      assert.equal((await names(people, { search: "an\0na" })).total, 2);
      assert.equal((await names(people, { search: "" })).total, 6);
    });

    test("page by page, and only those whom a scope leaves visible", async (t) => {
      const { people } = await setUp(t);
      await people.add(["a", "b", "c", "d", "e"]);
      assert.deepEqual(await names(people, { offset: 2, limit: 2 }), { names: ["c", "d"], total: 5 });
      assert.deepEqual(await names(people, { offset: 9 }), { names: [], total: 5 });
      assert.deepEqual(await names(people, { only: [userName("b"), userName("x")] }), { names: ["b"], total: 1 });
      assert.deepEqual(await names(people, { only: [] }), { names: [], total: 0 });
    });
  });

  describe("the last admin", () => {
    test("keeps the role and stays", async (t) => {
      const { people } = await setUp(t);
      await people.add(["root"], { admin: true });
      await people.add(["alice"]);
      await assert.rejects(people.setAdmin("root", false), {
        code: "conflict",
        message: /Make somebody else an admin/,
      });
      await assert.rejects(people.remove("root"), { code: "conflict" });
      assert.equal((await people.setAdmin("alice", true)).admin, true);
      assert.equal((await people.setAdmin("root", false)).admin, false);
      await people.remove("root");
      assert.equal(await people.find("root"), undefined);
    });

    test("is still there after two admins have demoted each other at once", async (t) => {
      const { people } = await setUp(t);
      for (let round = 0; round < 5; round += 1) {
        await people.add(["one", "two"], { admin: true });
        await people.setAdmin("one", true);
        await people.setAdmin("two", true);
        const results = await Promise.allSettled([people.setAdmin("one", false), people.setAdmin("two", false)]);
        assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
        assert.equal((await people.list({ state: "admin" })).total, 1);
      }
    });
  });

  test("a person is renamed, but not to a taken name", async (t) => {
    const { people } = await setUp(t);
    const { added } = await people.add(["alice", "bob"]);
    assert.deepEqual(await people.rename("Alice", "Alicia"), { ...added[0], name: "alicia" });
    await assert.rejects(people.rename("alicia", "BOB"), { code: "conflict" });
    await assert.rejects(people.rename("alicia", "a/b"), { code: "name-invalid" });
    await assert.rejects(people.rename("nobody", "x"), { code: "not-found" });
    assert.equal((await people.rename("bob", "bob")).name, "bob");
    const both = await Promise.allSettled([people.rename("alicia", "new"), people.rename("bob", "new")]);
    assert.deepEqual(both.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
    assert.ok(both.some((result) => result.status === "rejected" && result.reason.code === "conflict"));
  });

  test("a removed person takes everything along, and the id is never given again", async (t) => {
    const { people, store } = await setUp(t);
    const { added } = await people.add(["alice"]);
    const id = added[0]?.id ?? 0;
    await addServer(store, id, "stopped");
    await people.remove("alice");
    await assert.rejects(people.remove("alice"), { code: "not-found" });
    assert.deepEqual(await store.db.selectFrom("servers").selectAll().execute(), []);
    const again = await people.add(["alice"]);
    assert.ok((again.added[0]?.id ?? 0) > id);
  });

  test("last activity has a resolution of 30 s, never goes back and never into the future", async (t) => {
    const { people, clock } = await setUp(t);
    const { added } = await people.add(["alice"]);
    const id = added[0]?.id ?? 0;
    const start = clock.now();
    const last = async () => (await people.byId(id))?.lastActivity;
    await people.touch(id, start);
    assert.equal(await last(), isoTime(start));
    clock.pass(29_000);
    await people.touch(id, clock.now());
    assert.equal(await last(), isoTime(start));
    clock.pass(1000);
    await people.touch(id, clock.now());
    assert.equal(await last(), isoTime(start + 30_000));
    await people.touch(id, start - 3_600_000);
    assert.equal(await last(), isoTime(start + 30_000));
    clock.pass(60_000);
    await people.touch(id, clock.now() + 86_400_000);
    assert.equal(await last(), isoTime(clock.now()));
    await people.touch(4711, clock.now());
  });
});

async function addServer(store: Store, userId: number, state: string, name = ""): Promise<void> {
  await store.db
    .insertInto("servers")
    .values({
      user_id: userId,
      name,
      display_name: "",
      state,
      state_since: isoTime(0),
      user_options: "{}",
      generation: 0,
    })
    .execute();
}
