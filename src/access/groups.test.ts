/** Filters by group: membership counts at each request, of the owner and of those whom a token reaches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import type { ServerName } from "../kernel/index.ts";
import { kitFor } from "./access.fixture.ts";
import { holds, requireAny, scopeList } from "./index.ts";

const LAB = "lab" as ServerName;

forEachDatabase("groups and scopes", (open) => {
  async function setUp(t: Parameters<typeof open>[0]) {
    const members = new Map<string, readonly string[]>();
    const kit = await kitFor(t, open, { groupsOf: (user) => members.get(user) ?? [] });
    const tokenOf = async (owner: typeof kit.alice, ...scopes: string[]) => {
      const { secret } = await kit.access.tokens.create({ owner, note: "", scopes });
      return async () => {
        const identity = await kit.access.tokens.resolve(secret.reveal());
        assert.ok(identity);
        return identity;
      };
    };
    return { ...kit, members, tokenOf };
  }

  test("57: an admin's token on a group reaches its members, and nobody who has left", async (t) => {
    const { admin, members, tokenOf } = await setUp(t);
    members.set("alice", ["g1"]);
    const identity = await (await tokenOf(admin, "read:users!group=g1", "access:servers!group=g1"))();
    assert.deepEqual(
      scopeList(identity.scopes).filter((scope) => scope.startsWith("access:")),
      ["access:servers!group=g1"],
    );
    assert.equal(holds(identity, "read:users", { user: "alice" }), "yes");
    assert.equal(holds(identity, "read:users", { user: "bob" }), "filtered");
    assert.equal(holds(identity, "access:servers", { user: "alice", server: "x" }), "yes");
    members.delete("alice");
    assert.equal(holds(identity, "read:users", { user: "alice" }), "filtered");
    assert.throws(() => requireAny(identity, ["read:users"], { user: "alice" }), { code: "not-found" });
  });

  test("being in a group gives nothing over its other members", async (t) => {
    const { alice, members, tokenOf } = await setUp(t);
    members.set("alice", ["g1"]);
    members.set("bob", ["g1"]);
    await assert.rejects(tokenOf(alice, "servers!group=g1"), { code: "bad-request" });
    members.delete("bob");
    await assert.rejects(tokenOf(alice, "servers!group=g1"), { code: "bad-request" }, "others may come");
  });

  test("attack: a token on a group keeps what its owner left (group-filter escape)", async (t) => {
    const { admin, access, members, store } = await setUp(t);
    members.set("admin", ["g1"]);
    members.set("alice", ["g1"]);
    const { secret } = await access.tokens.create({ owner: admin, note: "", scopes: ["servers!group=g1"] });
    const scopes = async () => {
      const identity = await access.tokens.resolve(secret.reveal());
      return identity === undefined ? [] : scopeList(identity.scopes).filter((scope) => scope.startsWith("servers"));
    };
    assert.deepEqual(await scopes(), ["servers!group=g1"]);
    // Not an admin any more: what is left of the group is the owner, and only while in it.
    await store.db.updateTable("users").set({ admin: 0 }).where("id", "=", admin.id).execute();
    assert.deepEqual(await scopes(), ["servers!user=admin"]);
    members.set("admin", []);
    assert.deepEqual(await scopes(), []);
    members.set("admin", ["g1"]);
    assert.deepEqual(await scopes(), ["servers!user=admin"]);
  });

  test("attack: somebody else leaves the group, and a remembered token still reaches their server", async (t) => {
    const { access, admin, alice, bob, members, addServer, signIn, store } = await setUp(t);
    await addServer(alice, LAB);
    const { identity } = await signIn(admin);
    await access.shares.grant({ by: identity, server: { user: alice.name, server: LAB }, to: { user: bob.name } });
    members.set("alice", ["g1"]);
    await store.db.updateTable("users").set({ admin: 1 }).where("id", "=", bob.id).execute();
    const { secret } = await access.tokens.create({
      owner: bob,
      note: "",
      scopes: ["access:servers!server=alice/lab"],
    });
    const grouped = await access.tokens.create({
      owner: { ...bob, admin: true },
      note: "",
      scopes: ["access:servers!group=g1"],
    });
    await store.db.updateTable("users").set({ admin: 0 }).where("id", "=", bob.id).execute();
    const reaches = async (token: typeof secret) => {
      const resolved = await access.tokens.resolve(token.reveal());
      return resolved !== undefined && access.mayAccessServer(resolved, alice.name, LAB);
    };
    assert.deepEqual([await reaches(secret), await reaches(grouped.secret)], [true, true]);
    members.delete("alice");
    assert.deepEqual([await reaches(secret), await reaches(grouped.secret)], [true, false]);
  });
});
