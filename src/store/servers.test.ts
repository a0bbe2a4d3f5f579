import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { type ServerName, userName } from "../kernel/index.ts";
import {
  changeServer,
  countServersIn,
  type Database,
  findServer,
  findServerOwner,
  insertServer,
  insertUsers,
  listServerEvents,
  listServersIn,
  listServersOf,
  type NewServerEvent,
  removeServer,
  renewServerLease,
  type ServerRow,
  touchServerActivity,
  voidServerLeases,
} from "./index.ts";

const ALICE = userName("alice");
const BOB = userName("bob");
const NOW = "2030-01-01T00:00:00.000Z";
const LATER = "2030-01-01T00:01:00.000Z";

forEachDatabase("servers", (open) => {
  test("a row is made once for each person and name, and comes back whole", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    assert.deepEqual(
      [row.user, row.name, row.state, row.generation, row.options],
      [ALICE, "", "stopped", 0, { a: [1] }],
    );
    const owner = await findServerOwner(db, ALICE);
    assert.ok(owner !== undefined);
    assert.equal(
      await insertServer(db, { owner, name: "" as ServerName, displayName: "", options: {}, now: NOW }),
      undefined,
    );
    assert.equal(await findServerOwner(db, userName("nobody")), undefined);
    const failure = { code: "internal", message: "m", log: null, at: NOW };
    await changeServer(db, row.id, {}, { state: "failed", failure, gate: { epoch: "e" }, protocol: "http" }, null);
    assert.deepEqual(await findServer(db, ALICE, "" as ServerName), {
      ...row,
      state: "failed",
      failure,
      gate: { epoch: "e" },
      protocol: "http",
    });
    assert.equal((await listServersOf(db, [owner.id])).length, 1);
    assert.deepEqual([await countServersIn(db, ["failed"]), (await listServersIn(db, ["ready"])).length], [1, 0]);
  });

  test("a change whose guard does not hold writes neither row nor event", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    for (const guard of [{ states: ["ready" as const] }, { generation: 7 }]) {
      assert.equal(await changeServer(db, row.id, guard, { state: "queued" }, event("queued")), undefined);
    }
    assert.deepEqual(await findServer(db, ALICE, row.name), row);
    assert.deepEqual(await listServerEvents(db, row.id, 0), []);
  });

  test("of many that want to begin at once, one does", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    const tries = Array.from({ length: 8 }, () =>
      changeServer(db, row.id, { states: ["stopped"] }, { state: "queued", generation: 1 }, event("queued")),
    );
    assert.equal((await Promise.all(tries)).filter((changed) => changed !== undefined).length, 1);
    assert.equal((await listServerEvents(db, row.id, 1)).length, 1);
  });

  test("“alone” means: nobody else has ever started a server", async (t) => {
    const { db } = await open(t);
    const [first, second] = [await made(db), await made(db, BOB)];
    const begin = (row: ServerRow) =>
      changeServer(db, row.id, { alone: true }, { state: "queued", generation: row.generation + 1 }, null);
    assert.ok((await begin(first)) !== undefined);
    assert.equal(await begin(second), undefined);
    await changeServer(db, first.id, {}, { state: "stopped" }, null);
    assert.equal(await begin(second), undefined, "files of the first one are still there");
  });

  test("a lease keeps others out until it runs out; its owner may renew it", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    const take = (owner: string, now: string) =>
      changeServer(db, row.id, { lease: { owner, now } }, { leaseOwner: owner, leaseUntil: LATER }, null);
    assert.ok((await take("one", NOW)) !== undefined);
    assert.ok((await take("one", NOW)) !== undefined);
    assert.equal(await take("two", NOW), undefined);
    assert.ok((await renewServerLease(db, row.id, "one", LATER)) !== undefined);
    assert.equal(await renewServerLease(db, row.id, "two", LATER), undefined);
    assert.ok((await take("two", "2030-01-01T00:02:00.000Z")) !== undefined);
    await voidServerLeases(db, "one");
    assert.ok((await take("one", NOW)) !== undefined);
  });

  test("events are of one start, progress replaces progress, old starts are forgotten", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    const pull = (done: number): NewServerEvent => ({
      ...event("pulling"),
      bytesDone: done,
      bytesTotal: 5e12,
      replaces: true,
    });
    for (let generation = 1; generation <= 7; generation += 1) {
      await changeServer(db, row.id, {}, { generation, state: "queued" }, event("queued"));
      for (const done of [1, 2, 3e12]) await changeServer(db, row.id, {}, { state: "pulling" }, pull(done));
    }
    const events = await listServerEvents(db, row.id, 7);
    assert.deepEqual(
      events.map(({ state, bytesDone }) => [state, bytesDone]),
      [
        ["queued", null],
        ["pulling", 3e12],
      ],
    );
    assert.deepEqual((await listServerEvents(db, row.id, 7, events[0]?.id)).length, 1);
    assert.deepEqual(
      [(await listServerEvents(db, row.id, 2)).length, (await listServerEvents(db, row.id, 3)).length],
      [0, 2],
    );
  });

  test("a row is removed only when idle, with its events", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    await changeServer(db, row.id, {}, { state: "ready" }, event("ready"));
    assert.equal(await removeServer(db, row.id, ["stopped", "failed"]), false);
    assert.equal(await removeServer(db, row.id, ["ready"]), true);
    assert.deepEqual(await listServerEvents(db, row.id, 0), []);
  });

  test("activity moves forward only, and by no less than the resolution", async (t) => {
    const { db } = await open(t);
    const row = await made(db);
    const touch = (at: string, resolutionMs: number) =>
      touchServerActivity(db, { userId: row.userId, at, servers: new Map([[row.id, at]]), resolutionMs });
    const seen = async () => (await findServer(db, ALICE, row.name))?.lastActivity;
    await touch(LATER, 30_000);
    assert.equal(await seen(), LATER);
    await touch(NOW, 0);
    assert.equal(await seen(), LATER);
    await touch("2030-01-01T00:01:20.000Z", 30_000);
    assert.equal(await seen(), LATER);
    await touch("2030-01-01T00:01:20.000Z", 0);
    assert.equal(await seen(), "2030-01-01T00:01:20.000Z");
  });
});

async function made(db: Database, user = ALICE): Promise<ServerRow> {
  await insertUsers(db, [{ name: user, admin: false, created: NOW, cookieId: "c" }]);
  const owner = await findServerOwner(db, user);
  assert.ok(owner !== undefined);
  const row = await insertServer(db, { owner, name: "" as ServerName, displayName: "", options: { a: [1] }, now: NOW });
  assert.ok(row !== undefined);
  return row;
}

function event(state: NewServerEvent["state"]): NewServerEvent {
  const nothing = { step: null, bytesDone: null, bytesTotal: null, failure: null, replaces: false };
  return { ...nothing, at: NOW, state, message: state, progress: 0 };
}
