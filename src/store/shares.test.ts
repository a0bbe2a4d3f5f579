import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  type Database,
  deleteGroup,
  deleteShareCodes,
  deleteSharesOf,
  deleteUser,
  exchangeShareCode,
  findShare,
  findShareCode,
  grantShare,
  insertGroup,
  insertShareCode,
  insertUsers,
  listGivenTo,
  listShareCodes,
  listShares,
  purgeShareCodes,
  revokeShare,
} from "./index.ts";

const NOW = "2030-01-01T00:00:00.000Z";
const LATER = "2030-01-02T00:00:00.000Z";
const PAGE = { offset: 0, limit: 50 };

forEachDatabase("shares", (open) => {
  async function setUp(t: Parameters<typeof open>[0]) {
    const { db } = await open(t);
    const rows = await insertUsers(
      db,
      ["alice", "bob"].map((name) => ({ name, admin: false, created: NOW, cookieId: name })),
    );
    const [alice = 0, bob = 0] = rows.map((row) => row.id);
    const staff = (await insertGroup(db, "staff"))?.id ?? 0;
    const [lab, other] = [await addServer(db, alice, ""), await addServer(db, alice, "other")];
    const give = (serverId: number, to: { userId: number } | { groupId: number }, ...scopes: string[]) =>
      grantShare(db, { serverId, to, scopes, now: NOW });
    return { db, alice, bob, staff, lab, other, give };
  }

  test("giving twice adds up to one share; taking some leaves the rest, taking all leaves nothing", async (t) => {
    const { db, bob, lab, give } = await setUp(t);
    const first = await give(lab, { userId: bob }, "access:servers");
    const { server, user, group, created } = first;
    assert.deepEqual([server, user, group, created], [{ id: lab, user: "alice", name: "" }, "bob", null, NOW]);
    const both = await give(lab, { userId: bob }, "read:servers", "access:servers", "read:servers");
    assert.deepEqual([both.id, both.scopes], [first.id, ["access:servers", "read:servers"]]);
    const take = (...scopes: string[]) => revokeShare(db, { serverId: lab, to: { userId: bob }, scopes });
    assert.deepEqual((await take("access:servers", "shares"))?.scopes, ["read:servers"]);
    assert.equal(await take("read:servers"), undefined);
    assert.equal(await findShare(db, lab, { userId: bob }), undefined);
    assert.equal(await revokeShare(db, { serverId: lab, to: { userId: bob }, scopes: undefined }), undefined);
  });

  test("two who give at once give both, in one row", async (t) => {
    const { db, bob, lab, give } = await setUp(t);
    await Promise.all([give(lab, { userId: bob }, "access:servers"), give(lab, { userId: bob }, "read:servers")]);
    const { rows, total } = await listShares(db, { serverId: lab }, PAGE);
    assert.equal(total, 1);
    assert.deepEqual(rows[0]?.scopes, ["access:servers", "read:servers"]);
  });

  test("listed by server, owner, person with groups, and group; page by page", async (t) => {
    const { db, alice, bob, staff, lab, other, give } = await setUp(t);
    await give(lab, { userId: bob }, "access:servers");
    await give(other, { groupId: staff }, "access:servers");
    const list = async (query: Parameters<typeof listShares>[1], page = PAGE) => {
      const { rows, total } = await listShares(db, query, page);
      return [total, ...rows.map((row) => `${row.server.name}:${row.user ?? row.group}`)];
    };
    assert.deepEqual(await list({ ownerId: alice }), [2, ":bob", "other:staff"]);
    assert.deepEqual(await list({ ownerId: alice }, { offset: 1, limit: 1 }), [2, "other:staff"]);
    assert.deepEqual(await list({ ownerId: bob }), [0]);
    assert.deepEqual(await list({ serverId: other }), [1, "other:staff"]);
    assert.deepEqual(await list({ groupId: staff }), [1, "other:staff"]);
    assert.deepEqual(await list({ userId: bob, groups: [] }), [1, ":bob"]);
    assert.deepEqual(await list({ userId: bob, groups: ["staff", "nobody"] }), [2, ":bob", "other:staff"]);
    const given = await listGivenTo(db, bob, ["staff"]);
    assert.deepEqual(
      given.map(({ server, scopes }) => [server.user, server.name, scopes]),
      [
        ["alice", "", ["access:servers"]],
        ["alice", "other", ["access:servers"]],
      ],
    );
    assert.deepEqual(await listGivenTo(db, alice, []), []);
  });

  test("a removed person, group or server takes its shares and codes along; a renamed one keeps them", async (t) => {
    const { db, alice, bob, staff, lab, other, give } = await setUp(t);
    await give(lab, { userId: bob }, "access:servers");
    await give(lab, { groupId: staff }, "access:servers");
    await give(other, { groupId: staff }, "access:servers");
    await insertShareCode(db, { serverId: other, hash: "h", scopes: ["access:servers"], now: NOW, expiresAt: LATER });
    await db.updateTable("users").set({ name: "alicia" }).where("id", "=", alice).execute();
    await db.updateTable("servers").set({ name: "renamed" }).where("id", "=", other).execute();
    assert.deepEqual(
      (await listGivenTo(db, bob, ["staff"])).map(({ server }) => `${server.user}/${server.name}`),
      ["alicia/", "alicia/", "alicia/renamed"],
    );
    const left = async () => (await listShares(db, { ownerId: alice }, PAGE)).total;
    await deleteUser(db, bob);
    assert.equal(await left(), 2);
    await db.deleteFrom("servers").where("id", "=", other).execute();
    assert.equal(await left(), 1);
    assert.equal(await findShareCode(db, "h", NOW), undefined);
    await deleteGroup(db, staff);
    assert.equal(await left(), 0);
    assert.deepEqual(await db.selectFrom("shares").selectAll().execute(), []);
  });

  test("every share of one server goes, and of no other", async (t) => {
    const { db, bob, staff, lab, other, give } = await setUp(t);
    await give(lab, { userId: bob }, "access:servers");
    await give(lab, { groupId: staff }, "access:servers");
    await give(other, { userId: bob }, "access:servers");
    await deleteSharesOf(db, lab);
    assert.deepEqual(
      (await listGivenTo(db, bob, ["staff"])).map(({ server }) => server.name),
      ["other"],
    );
  });

  test("a code gives its share as often as it is exchanged, counts, and ends when it expires or is deleted", async (t) => {
    const { db, alice, bob, lab, other } = await setUp(t);
    const code = (serverId: number, hash: string) =>
      insertShareCode(db, { serverId, hash, scopes: ["access:servers"], now: NOW, expiresAt: LATER });
    const made = await code(lab, "one");
    assert.deepEqual([made.exchangeCount, made.lastExchangedAt, made.expiresAt], [0, null, LATER]);
    const exchange = (now: string) => exchangeShareCode(db, { hash: "one", userId: bob, now });
    assert.equal((await exchange(NOW))?.user, "bob");
    assert.equal((await exchange(NOW))?.user, "bob");
    assert.equal((await listShares(db, { serverId: lab }, PAGE)).total, 1);
    const after = await findShareCode(db, "one", NOW);
    assert.deepEqual([after?.exchangeCount, after?.lastExchangedAt], [2, NOW]);
    assert.equal(await exchange(LATER), undefined);
    await code(other, "two");
    assert.equal((await listShareCodes(db, { ownerId: alice }, { ...PAGE, now: NOW })).total, 2);
    assert.equal((await listShareCodes(db, { serverId: other }, { ...PAGE, now: NOW })).total, 1);
    assert.equal((await listShareCodes(db, { ownerId: alice }, { ...PAGE, now: LATER })).total, 0);
    assert.equal(await deleteShareCodes(db, lab, { hash: "two" }), 0, "another server's");
    assert.equal(await deleteShareCodes(db, lab, { id: made.id }), 1);
    assert.equal(await deleteShareCodes(db, other, "all"), 1);
    await code(lab, "three");
    assert.equal(await purgeShareCodes(db, NOW), 0);
    assert.equal(await purgeShareCodes(db, LATER), 1);
  });
});

async function addServer(db: Database, userId: number, name: string): Promise<number> {
  const { id } = await db
    .insertInto("servers")
    .values({
      user_id: userId,
      name,
      display_name: "",
      state: "stopped",
      state_since: NOW,
      user_options: "{}",
      generation: 0,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}
