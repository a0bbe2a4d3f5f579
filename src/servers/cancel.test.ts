/** A stop at any point of a start leaves nothing behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { alice, hallConfig, newHall, runningNames } from "./test-support/hall.ts";
import { type Point, pointOf, START_POINTS, withPoints } from "./test-support/points.ts";

for (const point of START_POINTS) {
  test(`a stop when a start is at “${point}” leaves no process, route, token or client`, async (t) => {
    const here = Promise.withResolvers<void>();
    const reached = (at: Point | undefined) => at === point && here.resolve();
    const { servers, driver, routes, store } = await newHall(t, (options) => ({
      ...withPoints(options, reached),
      config: () => hallConfig(["delay=300"]),
    }));
    servers.subscribe(({ event }) => event !== null && reached(pointOf(event)));
    await servers.start({ ...alice, by: "alice" });
    await here.promise;
    await servers.stop({ ...alice, by: "alice" });
    const { settled, server } = await servers.settled(alice, { withinMs: 30_000 });
    assert.ok(settled);
    assert.equal(server.state, "stopped");
    assert.deepEqual(await runningNames(driver), []);
    assert.equal((await routes.list()).has("/user/alice/"), false);
    for (const table of ["tokens", "oauth_clients"] as const) {
      assert.deepEqual(await store.db.selectFrom(table).selectAll().execute(), [], table);
    }
    const events = await servers.timeline(alice);
    assert.equal(events.at(-1)?.state, "stopped");
    assert.equal(events.filter((event) => event.state === "stopping").length, 1);
    await servers.start({ ...alice, by: "alice" });
    assert.equal((await servers.settled(alice, { withinMs: 30_000 })).server.state, "ready");
  });
}

test("a stop with a stubborn process kills it after the grace", async (t) => {
  const config = hallConfig(["stubborn"], { server: { stopGrace: 1 } });
  const { servers, driver } = await newHall(t, () => ({ config: () => config }));
  await servers.start({ ...alice, by: "alice" });
  await servers.settled(alice, { withinMs: 30_000 });
  await Promise.all([servers.stop({ ...alice, by: "alice" }), servers.stop({ ...alice, by: "admin" })]);
  assert.equal((await servers.settled(alice, { withinMs: 10 })).settled, false);
  await assert.rejects(servers.start({ ...alice, by: "alice" }), { code: "server-busy" });
  assert.equal((await servers.settled(alice, { withinMs: 30_000 })).server.state, "stopped");
  assert.deepEqual(await runningNames(driver), []);
});
