/** The hub is killed at every point of a server's life; the next one ends in a state that is true (promise 3). */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ServerState } from "../contract/index.ts";
import type { Driver } from "../drivers/index.ts";
import { sha256, systemClock } from "../kernel/index.ts";
import { removeServer } from "../store/index.ts";
import { alice, type Hall, HUB_ID, hallFolder, openHall, runningNames, untilState } from "./test-support/hall.ts";
import type { Point } from "./test-support/points.ts";
import type { ServersOptions } from "./types.ts";

const CRASH = fileURLToPath(new URL("test-support/crash.ts", import.meta.url));

const AFTERWARDS: Readonly<Record<Point, ServerState>> = {
  queued: "failed",
  preparing: "failed",
  pulling: "failed",
  container: "failed",
  created: "ready",
  answering: "ready",
  routed: "ready",
  ready: "ready",
  stopping: "stopped",
  removed: "stopped",
};

for (const [point, expected] of Object.entries(AFTERWARDS)) {
  test(`a hub killed at “${point}” comes back to “${expected}”`, async (t) => {
    const folder = await crashedAt(t, point);
    const hall = await reopen(t, folder);
    const before = await hall.driver.list(HUB_ID);
    await hall.servers.reconcile();
    const { settled, server } = await hall.servers.settled(alice, { withinMs: 30_000 });
    assert.ok(settled);
    assert.equal(server.state, expected, JSON.stringify(server.failure));
    if (expected === "ready") {
      assert.deepEqual(
        (await hall.driver.list(HUB_ID)).map((observed) => observed.id),
        before.map((observed) => observed.id),
        "the same process",
      );
      await assertUsable(hall);
    } else {
      await assertNothingLeft(hall);
      if (expected === "failed") assert.equal(server.failure?.code, "start-interrupted");
      await hall.servers.start({ ...alice, by: "alice" });
      assert.equal((await hall.servers.settled(alice, { withinMs: 30_000 })).server.state, "ready");
    }
  });
}

test("until it is checked a server that ran is pending “check”, and Start and routes wait", async (t) => {
  const folder = await crashedAt(t, "ready");
  const { servers } = await reopen(t, folder);
  assert.equal((await servers.get(alice))?.pending, "check");
  assert.equal((await servers.get(alice))?.ready, false);
  await assert.rejects(servers.start({ ...alice, by: "alice" }), { code: "server-busy" });
  await servers.reconcile();
  assert.equal((await servers.get(alice))?.ready, true);
});

test("a server that ended while no hub looked is stopped, its route and credentials gone", async (t) => {
  const folder = await crashedAt(t, "ready");
  const hall = await reopen(t, folder);
  const [seen] = await hall.driver.list(HUB_ID);
  process.kill(Number(seen?.id.split(":")[0]), "SIGKILL");
  await hall.servers.reconcile();
  assert.equal((await hall.servers.settled(alice, { withinMs: 30_000 })).server.state, "stopped");
  await assertNothingLeft(hall);
});

test("an end of which no word came is found by the regular look", async (t) => {
  const folder = await crashedAt(t, "ready");
  const hall = await reopen(t, folder, ({ clock, driver }) => ({
    clock: { now: clock.now, sleep: (ms, signal) => clock.sleep(ms === 30_000 ? 200 : ms, signal) },
    driver: deafDriver(driver),
  }));
  await hall.servers.reconcile();
  assert.equal((await hall.servers.get(alice))?.state, "ready");
  const stopped = untilState(hall.servers, "stopped");
  const [seen] = await hall.driver.list(HUB_ID);
  process.kill(Number(seen?.id.split(":")[0]), "SIGKILL");
  await stopped;
  await assertNothingLeft(hall);
});

test("a proxy that lost its routes gets them back: the hub's, and those of servers; stale ones go", async (t) => {
  const folder = await hallFolder(t);
  const hall = await reopen(t, folder);
  await hall.servers.reconcile();
  await hall.servers.start({ ...alice, by: "alice" });
  await hall.servers.settled(alice, { withinMs: 30_000 });
  const before = await hall.routes.list();
  for (const spec of before.keys()) await hall.routes.remove(spec);
  await hall.routes.add({
    spec: "/user/ghost/",
    target: "http://127.0.0.1:9",
    data: { user: "ghost", server_name: "" },
  });
  await hall.servers.checkRoutes();
  const after = await hall.routes.list();
  assert.deepEqual([...after.keys()].sort(), ["/", "/user/alice/"]);
  assert.equal(after.get("/user/alice/")?.target, before.get("/user/alice/")?.target);
});

test("a proxy that is away delays nobody's stop, and a start fails with the reason", async (t) => {
  const folder = await hallFolder(t, { proxy: false });
  const hall = await reopen(t, folder);
  await hall.servers.start({ ...alice, by: "alice" });
  const { server } = await hall.servers.settled(alice, { withinMs: 20_000 });
  assert.equal(server.failure?.code, "proxy-unreachable");
  assert.deepEqual(await runningNames(hall.driver), []);
});

test("a container whose person was removed is taken away", async (t) => {
  const folder = await crashedAt(t, "ready");
  const hall = await reopen(t, folder);
  const row = await hall.store.db.selectFrom("servers").select("id").executeTakeFirstOrThrow();
  await removeServer(hall.store.db, row.id, ["ready"]);
  await hall.servers.reconcile();
  assert.deepEqual(await runningNames(hall.driver), []);
});

test("a container newer than its row (a restored database) is left alone until Start is pressed", async (t) => {
  const folder = await crashedAt(t, "ready");
  const hall = await reopen(t, folder);
  await hall.store.db.updateTable("servers").set({ generation: 0, state: "stopped" }).execute();
  await hall.servers.reconcile();
  assert.deepEqual(await runningNames(hall.driver), ["jupyter-alice"]);
  const [before] = await hall.driver.list(HUB_ID);
  await hall.servers.start({ ...alice, by: "alice" });
  assert.equal((await hall.servers.settled(alice, { withinMs: 30_000 })).server.state, "ready");
  const after = await hall.driver.list(HUB_ID);
  assert.equal(after.length, 1);
  assert.notEqual(after[0]?.id, before?.id);
});

test("another process's lease is respected until it runs out", async (t) => {
  const folder = await crashedAt(t, "preparing");
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const hall = await reopen(t, folder, () => ({ takeOverLeases: false, clock }));
  await hall.servers.reconcile();
  assert.equal((await hall.servers.get(alice))?.state, "preparing");
  ahead = 60_000;
  await hall.servers.reconcile();
  assert.equal((await hall.servers.settled(alice, { withinMs: 30_000 })).server.failure?.code, "start-interrupted");
});

test("a planned restart in the middle of a start goes on with it", async (t) => {
  const folder = await hallFolder(t);
  const first = await openHall(folder);
  await first.servers.start({ ...alice, by: "alice" });
  for await (const event of first.servers.events(alice, { signal: AbortSignal.timeout(30_000) })) {
    if (event.step === "jupyter") break;
  }
  await first.close();
  const second = await reopen(t, folder, () => ({ takeOverLeases: false }));
  await second.servers.reconcile();
  assert.equal((await second.servers.settled(alice, { withinMs: 30_000 })).server.state, "ready");
  await assertUsable(second);
});

async function crashedAt(t: TestContext, point: string): Promise<string> {
  const folder = await hallFolder(t);
  const child = spawn(process.execPath, [CRASH, folder, point], { stdio: ["ignore", "ignore", "inherit"] });
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGKILL", `the hub reached “${point}”`);
  return folder;
}

async function reopen(
  t: TestContext,
  folder: string,
  change: (options: ServersOptions) => Partial<ServersOptions> = () => ({}),
): Promise<Hall> {
  const hall = await openHall(folder, change);
  t.after(() => hall.close());
  return hall;
}

/** A driver whose events never come. */
function deafDriver(driver: Driver): Driver {
  return {
    kind: driver.kind,
    images: undefined,
    ping: (signal) => driver.ping(signal),
    capabilities: () => driver.capabilities(),
    ensureVolume: (name, labels) => driver.ensureVolume(name, labels),
    ownVolume: (name, owner) => driver.ownVolume(name, owner),
    fillHome: (spec, tar, options) => driver.fillHome(spec, tar, options),
    removeVolume: (name) => driver.removeVolume(name),
    exportVolume: (name, file, options) => driver.exportVolume(name, file, options),
    listVolumes: () => driver.listVolumes(),
    packVolume: (name, options) => driver.packVolume(name, options),
    unpackVolume: (name, tar, options) => driver.unpackVolume(name, tar, options),
    start: (spec, options) => driver.start(spec, options),
    stop: (name, options) => driver.stop(name, options),
    observe: (name) => driver.observe(name),
    list: (hub) => driver.list(hub),
    async *watch(_hub, signal) {
      yield { kind: "gap" };
      await once(signal, "abort");
    },
    logs: (name, lines) => driver.logs(name, lines),
    close: () => driver.close(),
  };
}

/** Route, process and token belong together. */
async function assertUsable(hall: Hall): Promise<void> {
  const target = (await hall.routes.list()).get("/user/alice/")?.target;
  const seen = (await (await fetch(`${target}/user/alice/env`)).json()) as { environment: Record<string, string> };
  const token = await hall.store.db.selectFrom("tokens").selectAll().executeTakeFirstOrThrow();
  assert.equal(token.hash, sha256(seen.environment.JUPYTERHUB_API_TOKEN ?? ""));
  const row = await hall.store.db.selectFrom("servers").selectAll().executeTakeFirstOrThrow();
  const [running] = await hall.driver.list(HUB_ID);
  assert.deepEqual([row.token_id, row.url, row.lease_owner], [token.id, target, null]);
  assert.equal(row.engine_id, running?.id);
}

async function assertNothingLeft(hall: Hall): Promise<void> {
  assert.deepEqual(await hall.driver.list(HUB_ID), []);
  assert.equal((await hall.routes.list()).has("/user/alice/"), false);
  for (const table of ["tokens", "oauth_clients"] as const) {
    assert.deepEqual(await hall.store.db.selectFrom(table).selectAll().execute(), [], table);
  }
}
