/** Servers are stopped when their time is up (survey B34, P15), and never while somebody works. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { PolicyView, ServerEvent } from "../contract/index.ts";
import { isoTime, type ServerName, serverName } from "../kernel/index.ts";
import { ALICE, alice, type Hall, hallConfig, hallFolder, openHall, openProxy, quiet } from "./test-support/hall.ts";
import { policyFrom, saidBy } from "./test-support/policy.ts";
import { type ShiftedClock, shiftedClock } from "./test-support/shifted-clock.ts";
import type { ServerKey, Servers, ServersOptions } from "./types.ts";

const SOON = { withinMs: 30_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const work = { user: ALICE, server: serverName("work") };

interface Scene {
  readonly hall: Hall;
  readonly clock: ShiftedClock;
  readonly proxy: { readonly address: string; close(): Promise<void> };
  readonly folder: string;
}

type Rules = Partial<Pick<PolicyView, "idleTimeout" | "maximumAge" | "maximumServers">>;

const idleAfter = (seconds: number | null) => ({
  idleTimeout: saidBy("students", "idleTimeout", seconds, "hublet.yaml:40:5"),
});

/** Everything on one clock, the proxy too. */
async function scene(t: TestContext, rules: () => Rules, more: Partial<ServersOptions> = {}): Promise<Scene> {
  const clock = shiftedClock();
  const folder = await hallFolder(t, { proxy: false });
  const proxy = await openProxy(t, folder, clock);
  const hall = await open(t, folder, clock, rules, more);
  return { hall, clock, proxy, folder };
}

async function open(
  t: TestContext,
  folder: string,
  clock: ShiftedClock,
  rules: () => Rules,
  more: Partial<ServersOptions> = {},
): Promise<Hall> {
  const hall = await openHall(folder, ({ config }) => ({
    clock,
    policyOf: () => policyFrom(config(), rules()),
    ...more,
  }));
  t.after(() => hall.close());
  await hall.servers.reconcile();
  return hall;
}

async function ready(servers: Servers, key: ServerKey): Promise<void> {
  await servers.start({ ...key, by: ALICE });
  const { server } = await servers.settled(key, SOON);
  assert.equal(server.state, "ready", JSON.stringify(server.failure));
}

/** The event that says stopped. */
function stopped(servers: Servers, key: ServerKey): Promise<ServerEvent> {
  const { promise, resolve } = Promise.withResolvers<ServerEvent>();
  const off = servers.subscribe(({ server, event }) => {
    if (server.name !== key.server || event?.state !== "stopped") return;
    off();
    resolve(event);
  });
  return promise;
}

test("an idle server is stopped with the rule that says so, and its person was not active by that", async (t) => {
  const { hall, clock } = await scene(t, () => idleAfter(7200));
  await ready(hall.servers, alice);
  const server = await hall.servers.get(alice);
  assert.equal(server?.stopsAt, isoTime(Date.parse(server?.lastActivity ?? "") + 2 * HOUR));
  const end = stopped(hall.servers, alice);
  clock.pass(2 * HOUR + 1000);
  const { message } = await end;
  assert.equal(message, "Stopped after 2 h without activity (rule: groups.students.idleTimeout, hublet.yaml:40:5)");
  const timeline = await hall.servers.timeline(alice);
  assert.deepEqual(
    timeline.slice(-2).map((event) => [event.state, event.message.slice(0, 14)]),
    [
      ["stopping", "Stopping after"],
      ["stopped", "Stopped after "],
    ],
  );
  const after = await hall.servers.get(alice);
  assert.deepEqual([after?.state, after?.failure, after?.stopsAt], ["stopped", null, null]);
  assert.equal(after?.stoppedBecause, "Stopped after 2 h without activity.");
  assert.equal(after?.stoppedByRule, `${message}.`);
  assert.equal(after?.lastActivity, server?.lastActivity);
  const person = await hall.store.db
    .selectFrom("users")
    .selectAll()
    .where("name", "=", ALICE)
    .executeTakeFirstOrThrow();
  assert.ok((person.last_activity ?? "") <= isoTime(Date.parse(server?.since ?? "") + MINUTE));
  assert.equal((await hall.routes.list()).has("/user/alice/"), false);
  await ready(hall.servers, alice);
  await hall.servers.stop({ ...alice, by: ALICE });
  const { server: byHand } = await hall.servers.settled(alice, SOON);
  assert.deepEqual([byHand.state, byHand.stoppedBecause, byHand.stoppedByRule], ["stopped", null, null]);
});

test("activity that a server reports, or that the proxy sees, puts the stop off; pages are told", async (t) => {
  const { hall, clock, proxy } = await scene(t, () => ({ ...idleAfter(7200), maximumServers: saidBy("x", "y", 9) }));
  await ready(hall.servers, alice);
  await ready(hall.servers, work);
  clock.pass(90 * MINUTE);
  const reported = clock.now();
  const told = Promise.withResolvers<string | null>();
  hall.servers.subscribe(({ server, event }) => server.name === "" && event === null && told.resolve(server.stopsAt));
  await hall.servers.recordActivity(ALICE, { servers: { "": { last_activity: isoTime(reported) } } });
  assert.equal(await told.promise, isoTime(reported + 2 * HOUR));
  const answer = await fetch(`${proxy.address}/user/alice/work/api`);
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();

  const ends = Promise.all([stopped(hall.servers, alice), stopped(hall.servers, work)]);
  clock.pass(60 * MINUTE);
  // The timer of the first deadline has ended by now; everybody's own time has not.
  await hall.servers.checkRoutes();
  clock.pass(70 * MINUTE);
  for (const { at } of await ends) assert.ok(Date.parse(at) >= reported + 2 * HOUR, at);
});

test("while the proxy cannot say who works, nobody is stopped as idle", async (t) => {
  const spared = Promise.withResolvers<void>();
  const log = {
    ...quiet,
    warn: (_facts: object, message: string) => {
      if (/spared while the proxy/.test(message)) spared.resolve();
    },
  };
  const { hall, clock, proxy } = await scene(t, () => idleAfter(7200), { log });
  await ready(hall.servers, alice);
  await proxy.close();
  clock.pass(3 * HOUR);
  await spared.promise;
  assert.equal((await hall.servers.get(alice))?.state, "ready");
});

test("a server that has run for the longest time allowed is stopped, however busy", async (t) => {
  const { hall, clock } = await scene(t, () => ({ maximumAge: saidBy("guests", "maximumAge", 8 * 3600) }));
  await ready(hall.servers, alice);
  const end = stopped(hall.servers, alice);
  clock.pass(8 * HOUR);
  await hall.servers.recordActivity(ALICE, { servers: { "": { last_activity: isoTime(clock.now()) } } });
  assert.match(
    (await end).message,
    /^Stopped after 8 h, the longest that a server may run \(rule: groups\.guests\.maximumAge\)$/,
  );
});

test("after a restart of the hub, servers have six minutes to report what they did meanwhile", async (t) => {
  const rules = () => ({ ...idleAfter(7200), maximumServers: saidBy("x", "y", 9) });
  const { hall, clock, folder } = await scene(t, rules);
  await ready(hall.servers, alice);
  await ready(hall.servers, work);
  await hall.close();
  clock.pass(5 * HOUR);
  const begun = clock.now();
  const next = await open(t, folder, clock, rules);
  const until = Date.parse((await next.servers.get(alice))?.stopsAt ?? "");
  assert.ok(until >= begun + 6 * MINUTE && until < begun + 7 * MINUTE, isoTime(until));
  // As jupyterhub-singleuser does every five minutes, when a kernel has been at work.
  clock.pass(4 * MINUTE);
  await next.servers.recordActivity(ALICE, { servers: { work: { last_activity: isoTime(clock.now()) } } });
  const end = stopped(next.servers, alice);
  clock.pass(3 * MINUTE);
  assert.ok(Date.parse((await end).at) >= begun + 6 * MINUTE);
  assert.equal((await next.servers.get(work))?.state, "ready");
});

test("after the host slept or its clock was set, servers have time to report before they are idle", async (t) => {
  let slept = 0;
  let clock: ShiftedClock | undefined;
  const noticed = Promise.withResolvers<void>();
  const info = (_: object, message: string): void => {
    if (/slept/.test(message)) noticed.resolve();
  };
  const awake = () => (clock?.now() ?? Date.now()) - slept;
  const { hall, ...rest } = await scene(t, () => idleAfter(7200), { awake, log: { ...quiet, info } });
  clock = rest.clock;
  await ready(hall.servers, alice);
  slept = 8 * HOUR;
  clock.pass(8 * HOUR);
  const woken = clock.now();
  await noticed.promise;
  const until = Date.parse((await hall.servers.get(alice))?.stopsAt ?? "");
  assert.ok(until >= woken + 6 * MINUTE && until < woken + 7 * MINUTE, isoTime(until));
  const { promise, resolve } = Promise.withResolvers<string>();
  hall.servers.subscribe(({ event }) => {
    if (event?.state === "stopped") resolve(event.at);
  });
  clock.pass(4 * MINUTE);
  await hall.servers.recordActivity(ALICE, { servers: { "": { last_activity: isoTime(clock.now()) } } });
  const active = clock.now();
  clock.pass(4 * MINUTE);
  assert.ok(clock.now() > woken + 6 * MINUTE);
  clock.pass(3 * HOUR);
  assert.ok(Date.parse(await promise) >= active + 2 * HOUR, "idle from the report on");
});

test("a rule that comes, changes or goes holds at once", async (t) => {
  let rules: Rules = {};
  const { hall, clock } = await scene(t, () => rules);
  await ready(hall.servers, alice);
  clock.pass(3 * HOUR);
  assert.equal((await hall.servers.get(alice))?.stopsAt, null);
  rules = idleAfter(4 * 3600);
  hall.servers.policyChanged();
  assert.notEqual((await hall.servers.get(alice))?.stopsAt, null);
  rules = idleAfter(null);
  hall.servers.policyChanged();
  clock.pass(24 * HOUR);
  assert.equal((await hall.servers.get(alice))?.state, "ready");
  const end = stopped(hall.servers, alice);
  rules = idleAfter(3600);
  hall.servers.policyChanged();
  assert.match((await end).message, /after 1 h without/);
});

test("a start under way is left alone, and the time begins when it is ready (real time)", async (t) => {
  const folder = await hallFolder(t);
  const hall = await openHall(folder, () => {
    const config = hallConfig(["delay=1500"]);
    return { config: () => config, policyOf: () => policyFrom(config, idleAfter(1)) };
  });
  t.after(() => hall.close());
  await hall.servers.reconcile();
  const end = stopped(hall.servers, alice);
  await hall.servers.start({ ...alice, by: ALICE });
  hall.servers.policyChanged();
  await end;
  const events = await hall.servers.timeline(alice);
  const at = (state: string) => Date.parse(events.find((event) => event.state === state)?.at ?? "");
  assert.ok(at("ready") - at("queued") >= 1500, "longer than the rule's second");
  assert.ok(at("stopping") - at("ready") >= 1000, JSON.stringify(events));
});

test("many that are due at once are stopped a few at a time", async (t) => {
  let rules: Rules = {};
  let running = 0;
  let most = 0;
  const clock = shiftedClock();
  const folder = await hallFolder(t, { proxy: false });
  await openProxy(t, folder, clock);
  const hall = await openHall(folder, ({ config, driver }) => ({
    clock,
    policyOf: () => policyFrom(config(), { ...rules, maximumServers: saidBy("x", "y", 9) }),
    driver: Object.assign(Object.create(driver) as typeof driver, {
      start: driver.start.bind(driver),
      ensureVolume: driver.ensureVolume.bind(driver),
      observe: driver.observe.bind(driver),
      list: driver.list.bind(driver),
      watch: driver.watch.bind(driver),
      logs: driver.logs.bind(driver),
      stop: async (...request: Parameters<typeof driver.stop>) => {
        running += 1;
        most = Math.max(most, running);
        await driver.stop(...request);
        running -= 1;
      },
    }),
  }));
  t.after(() => hall.close());
  await hall.servers.reconcile();
  const keys = ["", "b", "c", "d", "e", "f"].map((name) => ({ user: ALICE, server: name as ServerName }));
  for (const key of keys) await ready(hall.servers, key);
  const ends = keys.map((key) => stopped(hall.servers, key));
  clock.pass(3 * HOUR);
  rules = idleAfter(3600);
  hall.servers.policyChanged();
  await Promise.all(ends);
  assert.ok(most >= 2 && most <= 4, String(most));
});

test("a deadline weeks away is slept towards in pieces that timers can hold", async (t) => {
  const slept: number[] = [];
  const folder = await hallFolder(t);
  const hall = await openHall(folder, ({ clock, config }) => ({
    policyOf: () => policyFrom(config(), { maximumAge: saidBy("x", "maximumAge", 60 * 24 * 3600) }),
    clock: {
      now: clock.now,
      sleep: (ms, signal) => {
        slept.push(ms);
        return clock.sleep(ms, signal);
      },
    },
  }));
  t.after(() => hall.close());
  await hall.servers.reconcile();
  await ready(hall.servers, alice);
  assert.ok(slept.includes(24 * HOUR), "it waits");
  assert.ok(slept.every((ms) => ms <= 24 * HOUR));
});
