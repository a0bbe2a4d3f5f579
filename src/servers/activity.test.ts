/** What servers report of their people's activity (contract 5.1, 5.2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverName } from "../kernel/index.ts";
import { ALICE, alice, newHall } from "./test-support/hall.ts";
import { parseTime } from "./times.ts";

const work = { user: ALICE, server: serverName("work") };

test("newer times are stored for the person and the servers, older ones ignored", async (t) => {
  const { servers, store } = await newHall(t);
  await servers.create(work);
  const own = async () =>
    (await store.db.selectFrom("users").selectAll().where("name", "=", ALICE).executeTakeFirstOrThrow()).last_activity;
  await servers.recordActivity(ALICE, {
    last_activity: "2025-01-01T10:00:00.123456Z",
    servers: { work: { last_activity: "2025-01-01T11:00:00" } },
  });
  assert.equal(await own(), "2025-01-01T10:00:00.123Z");
  assert.equal((await servers.get(work))?.lastActivity, "2025-01-01T11:00:00.000Z");
  await servers.recordActivity(ALICE, { servers: { work: { last_activity: "2025-01-01T10:59:59+00:00" } } });
  assert.equal((await servers.get(work))?.lastActivity, "2025-01-01T11:00:00.000Z");
  await servers.recordActivity(ALICE, { servers: { "": { last_activity: "2025-01-01T10:59:59Z" } } });
});

test("a report with any mistake is refused and changes nothing", async (t) => {
  const { servers } = await newHall(t);
  await servers.create(work);
  const good = "2025-01-01T10:00:00Z";
  const bad = [
    null,
    [],
    {},
    "text",
    { last_activity: "yesterday" },
    { last_activity: 5 },
    { last_activity: new Date(Date.now() + 3_600_000).toISOString() },
    { servers: { nothing: { last_activity: good } } },
    { servers: { work: {} } },
    { servers: { work: good } },
    { last_activity: "bad", servers: { work: { last_activity: good } } },
  ];
  for (const body of bad) {
    await assert.rejects(servers.recordActivity(ALICE, body), { code: "bad-request" }, JSON.stringify(body));
  }
  assert.equal((await servers.get(work))?.lastActivity, null);
  await assert.rejects(servers.recordActivity("nobody" as typeof ALICE, { last_activity: good }), {
    code: "not-found",
  });
  await servers.recordActivity(ALICE, { last_activity: new Date(Date.now() + 60_000).toISOString() });
});

test("the proxy's last activity counts for a ready server", async (t) => {
  const { servers, routes } = await newHall(t);
  await servers.start({ ...alice, by: "alice" });
  const { server } = await servers.settled(alice, { withinMs: 30_000 });
  const before = server.lastActivity ?? "";
  const route = (await routes.list()).get(server.url);
  assert.ok(route !== undefined && String(route.data.last_activity) >= before.slice(0, 16));
  await servers.checkRoutes();
  assert.equal((await servers.get(alice))?.lastActivity, before, "closer than the resolution");
});

test("times of every kind that Python and browsers send are understood", () => {
  assert.equal(parseTime("2025-01-02T03:04:05.678901Z"), Date.UTC(2025, 0, 2, 3, 4, 5, 678));
  assert.equal(parseTime("2025-01-02T03:04:05"), Date.UTC(2025, 0, 2, 3, 4, 5));
  assert.equal(parseTime("2025-01-02 03:04:05+0100"), Date.UTC(2025, 0, 2, 2, 4, 5));
  assert.equal(parseTime("2025-01-02T03:04:05-02:30"), Date.UTC(2025, 0, 2, 5, 34, 5));
  assert.equal(parseTime("2025-01-02T03:04+01"), Date.UTC(2025, 0, 2, 2, 4));
  assert.equal(parseTime("2025-01-02"), Date.UTC(2025, 0, 2));
  for (const bad of ["", "now", "2025-13-01", "2025-01-02T25:00Z", 5, null, undefined, {}])
    assert.equal(parseTime(bad), undefined);
});
