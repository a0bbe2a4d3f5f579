/** Two hub processes over one PostgreSQL and one engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { alice, hallFolder, openHall, runningNames } from "./test-support/hall.ts";
import type { ServersOptions } from "./types.ts";

forEachDatabase("replicas", (_open, { kind, locate }) => {
  // SQLite belongs to one hub process, which the lock of its folder sees to.
  if (kind !== "postgres") return;

  test("a stop pressed at one ends the start that another one carries, and both see it", async (t) => {
    const location = await locate(t);
    const folder = await hallFolder(t, { location });
    const [first, second] = await Promise.all([openHall(folder, slow, location), openHall(folder, slow, location)]);
    t.after(() => Promise.all([first.close(), second.close()]));
    await first.servers.start({ ...alice, by: "alice" });
    await second.servers.reconcile();
    assert.equal((await second.servers.get(alice))?.pending, "spawn", "a living process's start is left to it");
    await second.servers.stop({ ...alice, by: "admin" });
    for (const { servers } of [first, second]) {
      assert.equal((await servers.settled(alice, { withinMs: 30_000 })).server.state, "stopped");
    }
    assert.deepEqual(await runningNames(second.driver), []);
  });

  test("a start pressed at both at once is one start", async (t) => {
    const location = await locate(t);
    const folder = await hallFolder(t, { location });
    const shared = () => ({ takeOverLeases: false });
    const [first, second] = await Promise.all([openHall(folder, shared, location), openHall(folder, shared, location)]);
    t.after(() => Promise.all([first.close(), second.close()]));
    await Promise.all([first, second].map(({ servers }) => servers.start({ ...alice, by: "alice" })));
    await Promise.all([first.servers.reconcile(), second.servers.reconcile()]);
    for (const { servers } of [first, second]) {
      const { server } = await servers.settled(alice, { withinMs: 30_000 });
      assert.deepEqual([server.state, server.engineState.generation], ["ready", 1]);
    }
  });
});

/** An image that never comes, and a clock that hurries: leases are renewed every 300 ms. */
function slow({ clock }: ServersOptions): Partial<ServersOptions> {
  return {
    takeOverLeases: false,
    clock: { now: clock.now, sleep: (ms, signal) => clock.sleep(Math.min(ms, 300), signal) },
    images: {
      ensure: (_reference, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      suits: async () => undefined,
      forget: () => undefined,
      status: () => undefined,
      subscribe: () => () => undefined,
    },
  };
}
