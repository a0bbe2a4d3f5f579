/**
 * Hub and proxy are killed (`kill -9`) at many moments, and restarted with and without their servers. Nobody's work ends by it,
 * and what the hub says afterwards is what engine and proxy say.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startPodman } from "./support/engines.ts";
import { eventually, startHub, type TestHub } from "./support/hub.ts";
import type { Kernel } from "./support/kernel.ts";
import { Person } from "./support/person.ts";
import { containersOf, routesOf } from "./support/truth.ts";

/** `quick` starts and stops in a fraction of a second: what is measured there is the hub. */
const CONFIG = `
profiles:
  - {name: hub, title: With JupyterHub inside, protocol: jupyterhub}
  - {name: plain, title: Plain JupyterLab, protocol: http}
  - {name: quick, title: A page, protocol: http, command: [python3, -m, http.server, "{port}"]}
`;
const ROUNDS = 20;
/** A hub that dies sooner after it was ready is started again ever more slowly, as one that cannot work. */
const SERVED_MS = 1200;

let hub: TestHub;
let admin: Person;

before(async () => {
  hub = await startHub({ config: CONFIG });
  assert.ok(hub.claimLink !== undefined);
  admin = new Person(hub.origin, hub.admin);
  await admin.claim(hub.claimLink);
});
after(() => hub?.destroy());

describe("kill -9 of the hub", () => {
  test("during a start: the server ends ready, or failed with a reason, and starts again", async (t) => {
    const took = await duration(() => admin.start("", "quick"));
    await admin.stop("");
    const ends = { ready: 0, failed: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      // Closer together at first, where the hub's own steps are; what follows is the engine's and the server's time.
      const moment = took * (round / (ROUNDS - 1)) ** 2;
      const what = `killed ${Math.round(moment)} ms after Start`;
      const asked = admin.api("POST", admin.serverApi(""), { profile: "quick" }).catch(() => undefined);
      await delay(moment); // the moment is what this test varies
      await killHub();
      const answer = await asked;
      const server = await admin.settled("", 60);
      const back = performance.now();
      await assertTrue(what);
      if (server.state === "failed") {
        ends.failed += 1;
        assert.equal(server.failure?.code, "start-interrupted", what);
        assert.match(server.failure.message, /press Start again/, what);
      } else if (server.state === "ready") ends.ready += 1;
      else {
        // Killed before it had read the request: then nobody was told that it would start.
        assert.equal(server.state, "stopped", what);
        assert.ok(answer === undefined || answer.status >= 500, `${what}: ${answer?.status}`);
      }
      if (server.state !== "ready") await admin.start("", "quick");
      await assertOpens(what);
      await admin.stop("");
      await assertTrue(`${what}, and stopped`);
      await untilServed(back);
    }
    t.diagnostic(
      `a start takes ${took} ms; killed during it, it ended ready ${ends.ready} times, failed ${ends.failed}`,
    );
    assert.ok(ends.ready > 0 && ends.failed > 0, `the moments cover the whole start: ${JSON.stringify(ends)}`);
  });

  test("during a stop: the server ends stopped and its container is gone", async (t) => {
    await admin.start("", "quick");
    const took = await duration(() => admin.stop(""));
    const before = { asked: 0, stopping: 0, stopped: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const moment = (round * took) / (ROUNDS - 1);
      const what = `killed ${Math.round(moment)} ms after Stop`;
      await admin.start("", "quick");
      const asked = admin.api("DELETE", admin.serverApi("")).catch(() => undefined);
      await delay(moment); // the moment is what this test varies
      await killHub();
      const answer = await asked;
      const server = await admin.settled("", 60);
      const back = performance.now();
      await assertTrue(what);
      if (server.state === "ready") {
        // Killed before it had read the request: then nobody was told that it would stop.
        assert.ok(answer === undefined || answer.status >= 500, `${what}: ${answer?.status}`);
        before.asked += 1;
        await admin.stop("");
      } else {
        assert.deepEqual([server.state, server.failure], ["stopped", null], what);
        before[answer?.status === 204 ? "stopped" : "stopping"] += 1;
      }
      assert.deepEqual(await containersOf(hub.state), [], what);
      await assertTrue(`${what}, and stopped`);
      await untilServed(back);
    }
    t.diagnostic(`a stop takes ${took} ms; killed before it, during it, after it: ${JSON.stringify(before)}`);
    assert.ok(before.stopping > 0, `some moments lie inside the stop: ${JSON.stringify(before)}`);
  });

  test("while people work: open websockets stay open and kernels compute, before, during and after", async (t) => {
    await Promise.all([admin.start("", "hub"), admin.start("plain", "plain")]);
    const containers = await containersOf(hub.state);
    assert.equal(containers.length, 2);
    const kernels: Kernel[] = [];
    for (const prefix of [`/user/${admin.name}/`, `/user/${admin.name}/plain/`]) {
      assert.equal((await admin.open(`${prefix}lab`)).status, 200);
      kernels.push(await admin.kernel(prefix));
    }
    let counted = 0;
    // A kernel that counts on is the same kernel, and a socket that carries its answers the same socket.
    const count = async (): Promise<void> => {
      counted += 1;
      for (const kernel of kernels) {
        const said = await kernel.run("n = globals().get('n', 0) + 1; print(n)", 20);
        assert.deepEqual([said, kernel.closed], [String(counted), undefined]);
      }
    };
    const away: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await count();
      const gone = await killHub();
      await count();
      assert.equal((await admin.send("GET", "/hub/health")).status, 503, "the hub was away while the kernels computed");
      await eventually("the hub is back", async () => ((await isUp()) ? true : undefined), 30);
      const back = performance.now();
      away.push(Math.round(performance.now() - gone));
      await count();
      for (const server of ["", "plain"]) assert.equal((await admin.settled(server, 60)).state, "ready");
      assert.deepEqual(await containersOf(hub.state), containers);
      await assertTrue(`round ${round}`);
      await untilServed(back);
    }
    t.diagnostic(`the hub was away for ${away.join(", ")} ms`);
    for (const kernel of kernels) kernel.close();
    await Promise.all([admin.stop(""), admin.stop("plain")]);
  });
});

test("kill -9 of the proxy: it serves again by its routes on disk, without the hub's help", async (t) => {
  await admin.start("", "quick");
  await assertOpens("before");
  const page = `/user/${admin.name}/`;
  const hubPid = await hub.pidOf("hub");
  const taken: number[] = [];
  process.kill(hubPid, "SIGSTOP");
  try {
    // The machine may be busy with something else for a moment: the best of three counts.
    while (taken.length < 3 && !taken.some((took) => took < 1000)) {
      const old = await hub.pidOf("proxy");
      process.kill(old, "SIGKILL");
      await eventually(
        "another proxy runs",
        async () => ((await pidOf("proxy", old)) === undefined ? undefined : true),
        60,
      );
      const since = performance.now();
      await eventually(
        "the proxy serves the server",
        async () => {
          const answer = await admin.send("GET", page).catch(() => undefined);
          return answer?.status === 404 || answer?.status === 200 ? true : undefined;
        },
        30,
      );
      taken.push(Math.round(performance.now() - since));
    }
    t.diagnostic(`served ${taken.join(", ")} ms after it was started again`);
    assert.ok(Math.min(...taken) < 1000, `${taken.join(", ")} ms`);
  } finally {
    process.kill(hubPid, "SIGCONT");
  }
  await assertTrue("after the proxy was killed");
  assert.equal((await admin.settled("", 60)).state, "ready");
  await admin.stop("");
});

test("Ctrl-C leaves servers alone, the next `up` adopts them, and --stop-servers ends them", async () => {
  await admin.start("", "quick");
  await admin.start("plain", "quick");
  const containers = await containersOf(hub.state);
  assert.equal(containers.length, 2);
  assert.equal(await hub.stop(), 0);
  const again = { state: hub.state, port: hub.port, admin: hub.admin };
  hub = await startHub({ config: CONFIG, ...again });
  for (const server of ["", "plain"]) assert.equal((await admin.settled(server, 60)).state, "ready");
  assert.deepEqual(await containersOf(hub.state), containers, "the same containers");
  await assertOpens("after a restart");
  await assertTrue("after a restart");
  assert.equal(await hub.stop(), 0);

  hub = await startHub({ config: CONFIG, ...again, arguments: ["--stop-servers"] });
  assert.equal(await hub.stop(), 0);
  const engine = await startPodman();
  try {
    assert.deepEqual(await containersOf(hub.state, engine.socketPath), []);
  } finally {
    await engine.close();
  }
  hub = await startHub({ config: CONFIG, ...again });
  for (const server of ["", "plain"]) assert.equal((await admin.settled(server, 60)).state, "stopped");
  await assertTrue("after --stop-servers");
});

/** @returns when it was gone, as `performance.now()` says */
async function killHub(): Promise<number> {
  const pid = await eventually("the hub runs", () => pidOf("hub"), 30);
  process.kill(pid, "SIGKILL");
  return performance.now();
}

/** Lets a hub that has just come back serve for a while before it is killed again. */
async function untilServed(since: number): Promise<void> {
  await eventually("the hub has served", () => (performance.now() - since > SERVED_MS ? true : undefined), 10);
}

/** Undefined: none runs, or only `other`. */
async function pidOf(part: "hub" | "proxy", other?: number): Promise<number | undefined> {
  const pid = await hub.pidOf(part).catch(() => undefined);
  return pid === other ? undefined : pid;
}

async function isUp(): Promise<boolean> {
  return (await admin.send("GET", "/hub/health").catch(() => undefined))?.status === 200;
}

async function duration(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return Math.round(performance.now() - since);
}

/** What the hub says, what the engine runs, and where the proxy leads are the same: no orphan, no lost server. */
async function assertTrue(what: string): Promise<void> {
  const read = async () => {
    const answer = await admin.api("GET", `/users/${admin.name}`);
    assert.equal(answer.status, 200, answer.text);
    const { servers } = JSON.parse(answer.text) as {
      servers: Record<string, { ready: boolean; url: string; state: { engine_id?: string; address?: string } }>;
    };
    const active = Object.values(servers);
    const routes = await routesOf(hub.state);
    return {
      pending: active.filter(({ ready }) => !ready).length,
      said: active.map(({ state }) => state.engine_id ?? "").toSorted(),
      running: (await containersOf(hub.state)).toSorted(),
      saidRoutes: Object.fromEntries(active.map(({ url, state }) => [url, state.address])),
      routes: Object.fromEntries(Object.entries(routes).filter(([path]) => path !== "/")),
      root: routes["/"] !== undefined,
    };
  };
  let last: Awaited<ReturnType<typeof read>> | undefined;
  const agrees = await eventually(
    what,
    async () => {
      last = await read();
      const { pending, said, running, saidRoutes, routes, root } = last;
      const same = JSON.stringify([said, sorted(saidRoutes)]) === JSON.stringify([running, sorted(routes)]);
      return pending === 0 && root && same ? true : undefined;
    },
    10,
  ).catch(() => false);
  assert.ok(agrees, `${what}: hub, engine and proxy do not agree: ${JSON.stringify(last, null, 2)}`);
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).toSorted(([a], [b]) => a.localeCompare(b));
}

/** The default server is reached by its address, through the gate. */
async function assertOpens(what: string): Promise<void> {
  const answer = await admin.open(`/user/${admin.name}/`);
  assert.match(answer.text, /SimpleHTTP|Directory listing|File not found|Error response/, `${what}: ${answer.status}`);
}
