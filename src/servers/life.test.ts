/** Starts and stops of real processes, behind the real proxy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError, serverName } from "../kernel/index.ts";
import { ALICE, alice, CAROL, hallConfig, newHall, runningNames } from "./test-support/hall.ts";

const SOON = { withinMs: 30_000 };

test("a start ends ready: process, route, events, timings; a stop takes everything away", async (t) => {
  const { servers, driver, routes, store } = await newHall(t);
  const queued = await servers.start({ ...alice, by: "alice" });
  assert.equal(queued.state, "queued");
  assert.equal(queued.pending, "spawn");
  const { settled, server } = await servers.settled(alice, SOON);
  assert.ok(settled);
  assert.equal(server.state, "ready", JSON.stringify(server.failure));
  assert.deepEqual([server.ready, server.pending, server.url], [true, null, "/user/alice/"]);
  assert.equal(await servers.running(), 1);

  const states = (await servers.timeline(alice)).map((event) => event.state);
  assert.deepEqual(states, ["queued", "preparing", "starting", "starting", "ready"]);
  const route = (await routes.list()).get("/user/alice/");
  assert.equal(route?.data.user, "alice");
  assert.equal(route?.data.server_name, "");
  const timings = await servers.timings(alice);
  assert.ok(timings !== undefined && timings.oursMs < 10_000, JSON.stringify(timings));
  assert.match(await servers.log(alice, 10), /tiny server for alice/);
  const token = () => store.db.selectFrom("tokens").selectAll().where("note", "=", "Server at /user/alice/").execute();
  assert.equal((await token()).length, 1);

  await servers.stop({ ...alice, by: "alice" });
  const stopped = await servers.settled(alice, SOON);
  assert.equal(stopped.server.state, "stopped");
  assert.deepEqual(await runningNames(driver), []);
  assert.equal((await routes.list()).has("/user/alice/"), false);
  assert.equal((await token()).length, 0);
  assert.equal((await store.db.selectFrom("oauth_clients").selectAll().execute()).length, 0);
});

test("two presses of Start make one server; a third while it runs is refused", async (t) => {
  const { servers, driver } = await newHall(t);
  await Promise.all([servers.start({ ...alice, by: "alice" }), servers.start({ ...alice, by: "alice" })]);
  await servers.settled(alice, SOON);
  assert.deepEqual(await runningNames(driver), ["jupyter-alice"]);
  assert.equal((await servers.get(alice))?.engineState.generation, 1);
  await assert.rejects(servers.start({ ...alice, by: "alice" }), { code: "server-running" });
});

test("names that need escaping work from environment to route", async (t) => {
  const { servers, routes } = await newHall(t);
  const key = { user: CAROL, server: serverName("work-2") };
  await servers.start({ ...key, by: CAROL });
  const { server } = await servers.settled(key, SOON);
  assert.equal(server.state, "ready", JSON.stringify(server.failure));
  assert.equal(server.url, "/user/carol@x%20y/work-2/");
  const route = (await routes.list()).get("/user/carol@x%20y/work-2/");
  const seen = (await (await fetch(`${route?.target}/user/carol@x%20y/work-2/env`)).json()) as {
    environment: Record<string, string>;
  };
  assert.equal(seen.environment.JUPYTERHUB_USER, "carol@x y");
  assert.equal(seen.environment.JUPYTERHUB_SERVICE_PREFIX, "/user/carol@x%20y/work-2/");
  assert.match(seen.environment.JUPYTERHUB_API_TOKEN ?? "", /^[0-9a-f]{32}$/);
});

test("a process that dies fails the start at once, with its last words and exit code", async (t) => {
  const { servers, driver } = await newHall(t, () => ({ config: () => hallConfig(["die=3"]) }));
  const begun = Date.now();
  await servers.start({ ...alice, by: "alice" });
  const { server } = await servers.settled(alice, SOON);
  assert.equal(server.state, "failed");
  assert.equal(server.failure?.code, "process-died");
  assert.match(server.failure?.message ?? "", /exit code 3/);
  assert.match(server.failure?.log ?? "", /ImportError/);
  assert.match(await servers.log(alice, 10), /ImportError/);
  assert.ok(Date.now() - begun < 10_000, "noticed long before the time-out");
  assert.deepEqual(await driver.list("test-hub"), []);
  await servers.start({ ...alice, by: "alice" });
  assert.equal((await servers.settled(alice, SOON)).server.failure?.code, "process-died");
});

for (const manner of ["mute", "error"]) {
  test(`a server that never answers well (${manner}) fails with start-timeout and its log`, async (t) => {
    const { servers, driver } = await newHall(t, () => ({
      config: () => hallConfig([manner], { server: { startTimeout: 1 } }),
    }));
    await servers.start({ ...alice, by: "alice" });
    const { server } = await servers.settled(alice, SOON);
    assert.equal(server.failure?.code, "start-timeout");
    assert.match(server.failure?.log ?? "", /tiny server/);
    assert.deepEqual(await runningNames(driver), []);
  });
}

test("a ready server that ends by itself is noticed: route gone, stopped, exit code told", async (t) => {
  const { servers, routes } = await newHall(t);
  await servers.start({ ...alice, by: "alice" });
  await servers.settled(alice, SOON);
  const target = (await routes.list()).get("/user/alice/")?.target;
  const gone = Promise.withResolvers<void>();
  servers.subscribe(({ server }) => server.state === "stopped" && gone.resolve());
  await (await fetch(`${target}/user/alice/exit`)).text();
  await gone.promise;
  assert.equal((await routes.list()).has("/user/alice/"), false);
  const last = (await servers.timeline(alice)).at(-1);
  assert.match(last?.message ?? "", /ended by itself \(exit code 3\)/);
});

test("protocol http: only the proxy's token opens the server, and the gate has a new epoch at each start", async (t) => {
  const { servers, routes } = await newHall(t, () => ({
    config: () => hallConfig([], { server: { protocol: "http" } }),
  }));
  const epochs = new Set<string>();
  for (const _ of [1, 2]) {
    await servers.start({ ...alice, by: "alice" });
    const { server } = await servers.settled(alice, SOON);
    assert.equal(server.gate?.server, "alice/");
    epochs.add(server.gate?.epoch ?? "");
    const route = (await routes.list()).get("/user/alice/");
    assert.deepEqual(route?.data.gate, server.gate);
    const seen = (await (await fetch(`${route?.target}/user/alice/env`)).json()) as {
      environment: Record<string, string>;
    };
    const headers = route?.data.headers as { Authorization: string };
    assert.equal(headers.Authorization, `token ${seen.environment.JUPYTER_TOKEN}`);
    assert.equal(seen.environment.JUPYTERHUB_API_TOKEN, undefined);
    await servers.stop({ ...alice, by: "alice" });
    await servers.settled(alice, SOON);
  }
  assert.equal(epochs.size, 2);
});

test("local processes serve one person only, unless the configuration says otherwise", async (t) => {
  let many = false;
  const { servers } = await newHall(t, () => ({ config: () => hallConfig([], { allowManyOnProcess: many }) }));
  await servers.start({ ...alice, by: "alice" });
  const carol = { user: CAROL, server: alice.server };
  await assert.rejects(
    servers.start({ ...carol, by: CAROL }),
    (error) => error instanceof HubError && /nobody apart/.test(error.message),
  );
  many = true;
  await servers.start({ ...carol, by: CAROL });
  assert.equal((await servers.settled(carol, SOON)).server.state, "ready");
});

test("options of the last start are used again, profiles are merged, unknown ones refused", async (t) => {
  const profiles = [
    { name: "small", title: "Small" },
    { name: "large", title: "Large", environment: { SIZE: "large" } },
  ];
  const { servers, routes } = await newHall(t, () => ({ config: () => hallConfig([], { profiles }) }));
  await assert.rejects(servers.start({ ...alice, by: "alice", options: { profile: "huge" } }), { code: "bad-request" });
  for (const options of [{ profile: ["large"] }, null]) {
    await servers.start({ ...alice, by: "alice", options });
    const { server } = await servers.settled(alice, SOON);
    assert.equal(server.profile, "large");
    assert.deepEqual(server.options, { profile: ["large"] });
    const target = (await routes.list()).get("/user/alice/")?.target;
    const seen = (await (await fetch(`${target}/user/alice/env`)).json()) as { environment: Record<string, string> };
    assert.equal(seen.environment.SIZE, "large");
    await servers.stop({ ...alice, by: "alice" });
    await servers.settled(alice, SOON);
  }
});

test("named servers are made, changed, listed and removed; people leave with all of theirs", async (t) => {
  const { servers, driver } = await newHall(t);
  const work = { user: ALICE, server: serverName("work") };
  const made = await servers.create({ ...work, displayName: "Work", options: { a: 1 } });
  assert.deepEqual([made.state, made.displayName, made.options], ["stopped", "Work", { a: 1 }]);
  await assert.rejects(servers.create(work), { code: "conflict" });
  await assert.rejects(servers.create(alice), { code: "conflict" });
  const lab = { user: ALICE, server: serverName("lab") };
  await servers.update(work, { name: lab.server });
  assert.equal(await servers.get(work), undefined);
  assert.deepEqual(
    (await servers.list(ALICE)).map((server) => server.name),
    ["", "lab"],
  );
  await servers.start({ ...lab, by: "alice" });
  await assert.rejects(servers.update(lab, { displayName: "x" }), { code: "server-busy" });
  await servers.settled(lab, SOON);
  await servers.remove({ ...lab, by: "alice" });
  assert.equal(await servers.get(lab), undefined);
  await assert.rejects(servers.remove({ ...alice, by: "alice" }), { code: "bad-request" });
  await assert.rejects(servers.start({ user: "nobody" as typeof ALICE, server: alice.server, by: "x" }), {
    code: "not-found",
  });
  await servers.start({ ...alice, by: "alice" });
  await servers.evict(ALICE, "admin");
  assert.deepEqual(await runningNames(driver), []);
  assert.equal((await servers.listOf([ALICE, CAROL])).get(ALICE)?.[0]?.state, "stopped");
});

test("events replay the current start, go on live, and end where it settles", async (t) => {
  const { servers } = await newHall(t, () => ({ config: () => hallConfig(["delay=300"]) }));
  const { signal } = new AbortController();
  await servers.start({ ...alice, by: "alice" });
  const states: string[] = [];
  let last = 0;
  for await (const event of servers.events(alice, { signal })) {
    states.push(event.state);
    last = event.id;
  }
  assert.equal(states[0], "queued");
  assert.equal(states.at(-1), "ready");
  const again = [];
  for await (const event of servers.events(alice, { signal })) again.push(event.state);
  assert.deepEqual(again, states);
  for await (const event of servers.events(alice, { afterId: last, signal })) assert.fail(event.state);
  await servers.stop({ ...alice, by: "alice" });
  await servers.settled(alice, SOON);
  await servers.start({ ...alice, by: "alice" });
  const fresh = [];
  for await (const event of servers.events(alice, { afterId: last, signal })) fresh.push(event.state);
  assert.equal(fresh[0], "queued");
});
