/** What every driver must do, run over each of them with its real engine (`contract-suites.ts`). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "undici";
import { Secret } from "../kernel/index.ts";
import { endOf, eventually, fetched, patience, type Subject, serving, watching } from "./contract-support.ts";
import { HUB_LABEL } from "./labels.ts";
import type { LaunchStep } from "./port.ts";

/** Declares the tests of the part that all drivers share. `subject` is asked for inside the tests. */
export function driverContract(subject: () => Subject): void {
  test("a server starts, answers, is observed and listed, and is gone after its stop", async () => {
    const { driver, hub, spec } = subject();
    await driver.ping(patience());
    const launch = await spec(serving(), { labels: { "hub.jupyter.org/username": "ada" } });
    const steps: LaunchStep[] = [];
    const running = await driver.start(launch, { signal: patience(), onStep: (step) => steps.push(step) });
    assert.match(running.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(steps.slice(-2), ["create", "start"]);
    assert.equal(await fetched(`${running.url}/alive`), "alive\n");

    const observed = await driver.observe(launch.name);
    assert.equal(observed?.running, true);
    assert.equal(observed.id, running.id);
    assert.equal(observed.url, running.url);
    assert.equal(observed.labels[HUB_LABEL], hub);
    assert.equal(observed.labels["hub.jupyter.org/username"], "ada");
    const listed = (await driver.list(hub)).find((candidate) => candidate.name === launch.name);
    assert.deepEqual(listed, observed);
    assert.deepEqual(await driver.list("another-hub"), []);

    await driver.stop(launch.name, { graceSeconds: 5 });
    assert.equal(await driver.observe(launch.name), undefined);
    assert.equal((await driver.list(hub)).length, 0);
  });

  test("environment and secret environment arrive, and secrets are not in what is observed", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving("busybox env > env"), {});
    const running = await driver.start(
      {
        ...launch,
        environment: { ...launch.environment, PLAIN: 'a "b" $c = d' },
        secretEnvironment: { TOKEN: new Secret("hush-1234") },
      },
      { signal: patience() },
    );
    const environment = (await fetched(`${running.url}/env`)).split("\n");
    assert.ok(environment.includes('PLAIN=a "b" $c = d'));
    assert.ok(environment.includes("TOKEN=hush-1234"));
    assert.ok(!JSON.stringify(await driver.observe(launch.name)).includes("hush-1234"));
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("the hub's own environment stays with the hub", async () => {
    const { driver, spec } = subject();
    process.env.HUBLET_TEST_OF_THE_HUB = "private";
    try {
      const launch = await spec(serving("busybox env > env"));
      const running = await driver.start(launch, { signal: patience() });
      assert.ok(!(await fetched(`${running.url}/env`)).includes("HUBLET_TEST_OF_THE_HUB"));
      await driver.stop(launch.name, { graceSeconds: 5 });
    } finally {
      delete process.env.HUBLET_TEST_OF_THE_HUB;
    }
  });

  test("a volume keeps its content over stop and start, and goes when removed", async () => {
    const { driver, spec, volume } = subject();
    const source = volume();
    await driver.ensureVolume(source, { "hub.jupyter.org/username": "ada" });
    await driver.ensureVolume(source, {});
    const mounts = [{ kind: "volume", source, target: "/home/jovyan", readOnly: false }] as const;
    const first = await spec('cd "$HOME" && echo mine > kept', { mounts });
    await driver.start(first, { signal: patience() }).catch((error: unknown) => {
      // It may well have ended by the time the driver looks.
      assert.equal((error as { code?: string }).code, "process-died");
    });
    await eventually("it has ended", async () => ((await driver.observe(first.name))?.running ? undefined : true));
    await driver.stop(first.name, { graceSeconds: 5 });

    const second = await spec(serving('cp "$HOME/kept" kept'), { mounts });
    const running = await driver.start(second, { signal: patience() });
    assert.equal(await fetched(`${running.url}/kept`), "mine\n");
    await driver.stop(second.name, { graceSeconds: 5 });
    await driver.removeVolume(source);
    await driver.removeVolume(source);

    const third = await spec(serving('ls -A "$HOME" > files'), { mounts });
    const again = await driver.start(third, { signal: patience() });
    assert.ok(!(await fetched(`${again.url}/files`)).includes("kept"));
    await driver.stop(third.name, { graceSeconds: 5 });
  });

  test("the end of a server is told once, with its exit code, and a stop is an end too", async () => {
    const { driver, hub, spec } = subject();
    const watched = await watching(driver, hub);
    try {
      assert.deepEqual(watched.events[0], { kind: "gap" });
      const dying = await spec(serving('trap "exit 7" USR1; (busybox sleep 0.5; kill -USR1 $$) &'));
      const running = await driver.start(dying, { signal: patience() });
      const died = await watched.find("it ended by itself", endOf(dying.name));
      assert.equal(died.exitCode, 7);
      assert.equal(died.id, running.id);
      const observed = await driver.observe(dying.name);
      assert.equal(observed?.running, false);
      assert.equal(observed.exitCode, 7);
      assert.equal(observed.url, undefined);
      await driver.stop(dying.name, { graceSeconds: 5 });

      const stopped = await spec(serving());
      const second = await driver.start(stopped, { signal: patience() });
      await fetched(`${second.url}/alive`);
      await driver.stop(stopped.name, { graceSeconds: 5 });
      const end = await watched.find("the stop was told", endOf(stopped.name));
      assert.equal(end.exitCode, 3);
      // All of the first one's events are through by now: removing it did not tell its end again.
      assert.equal(watched.events.filter(endOf(dying.name)).length, 1);
    } finally {
      await watched.close();
    }
  });

  test("the last lines of the output are given", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving("for n in 1 2 3 4 5 6; do echo line $n; done; echo problem >&2"));
    const running = await driver.start(launch, { signal: patience() });
    await fetched(`${running.url}/alive`);
    // The two streams come by pipes of their own: only all of it has a known content.
    const logs = await eventually("the output is there", async () => {
      const text = await driver.logs(launch.name, 50);
      return text.includes("problem") && text.includes("line 6") ? text : undefined;
    });
    assert.equal(logs.trim().split("\n").length, 7);
    const last = await driver.logs(launch.name, 3);
    assert.equal(last.trim().split("\n").length, 3);
    assert.match(last, /line 6|problem/);
    await driver.stop(launch.name, { graceSeconds: 5 });
    assert.equal(await driver.logs(launch.name, 3), "");
  });

  test("a leftover that does not run is replaced, a running server is not", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving("(busybox sleep 3; kill -TERM $$) &"));
    const first = await driver.start(launch, { signal: patience() });
    await assert.rejects(driver.start(launch, { signal: patience() }), { code: "conflict" });
    await eventually("it has ended", async () => ((await driver.observe(launch.name))?.running ? undefined : true));
    await eventually("nothing of it serves any more", async () => {
      const answer = await request(first.url, { signal: patience() }).catch(() => undefined);
      await answer?.body.dump();
      return answer === undefined ? true : undefined;
    });
    const second = await driver.start(
      { ...launch, ...(await withScript(subject(), serving())) },
      { signal: patience() },
    );
    assert.notEqual(second.id, first.id);
    assert.equal(await fetched(`${second.url}/alive`), "alive\n");
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("another hub's server of the same name is neither replaced, nor stopped, nor described", async () => {
    const { driver, another, spec } = subject();
    const stranger = another({ hub: "stranger" });
    try {
      const launch = await spec(serving());
      const running = await stranger.start(launch, { signal: patience() });
      await assert.rejects(driver.start(launch, { signal: patience() }), { code: "conflict" });
      assert.equal(await driver.observe(launch.name), undefined);
      assert.equal(await driver.logs(launch.name, 5), "");
      await driver.stop(launch.name, { graceSeconds: 0 });
      assert.equal(await fetched(`${running.url}/alive`), "alive\n");
      await stranger.stop(launch.name, { graceSeconds: 5 });
    } finally {
      await stranger.close();
    }
  });

  test("aborting a start at any step leaves nothing behind", async () => {
    const { driver, hub, spec } = subject();
    const launch = await spec(serving());
    await assert.rejects(driver.start(launch, { signal: AbortSignal.abort(new Error("early")) }), /early/);
    const seen: LaunchStep[] = [];
    for (const step of ["network", "create", "start"] as const) {
      const cancelling = new AbortController();
      const start = driver.start(launch, {
        signal: cancelling.signal,
        onStep: (now) => {
          seen.push(now);
          // The call of this step is on its way when the signal comes.
          if (now === step) setImmediate(() => cancelling.abort(new Error(`cancelled at ${step}`)));
        },
      });
      const hasStep = step !== "network" || (await reaches(start));
      if (hasStep) await assert.rejects(start, new RegExp(`cancelled at ${step}`));
      else await driver.stop(launch.name, { graceSeconds: 0 });
      assert.equal(await driver.observe(launch.name), undefined);
      assert.deepEqual(await driver.list(hub), []);
    }
    assert.ok(seen.includes("create") && seen.includes("start"));
    // And the name is free: nothing half-made stands in the way.
    const running = await driver.start(launch, { signal: patience() });
    assert.equal(await fetched(`${running.url}/alive`), "alive\n");
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("a server that ignores the polite signal is killed after the grace", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving().replace("trap 'exit 3' TERM INT", "trap '' TERM INT"));
    const running = await driver.start(launch, { signal: patience() });
    await fetched(`${running.url}/alive`);
    await driver.stop(launch.name, { graceSeconds: 1 });
    assert.equal(await driver.observe(launch.name), undefined);
    await assert.rejects(fetch(`${running.url}/alive`));
  });

  test("stopping, observing and reading a server that is not there is fine", async () => {
    const { driver } = subject();
    await driver.stop("jupyter-nobody", { graceSeconds: 1 });
    assert.equal(await driver.observe("jupyter-nobody"), undefined);
    assert.equal(await driver.logs("jupyter-nobody", 5), "");
  });

  test("a server outlives the driver, and the next one finds it", async () => {
    const { driver, another, hub, spec } = subject();
    const before = another({});
    const launch = await spec(serving());
    const running = await before.start(launch, { signal: patience() });
    await before.close();
    const found = (await driver.list(hub)).find((candidate) => candidate.name === launch.name);
    assert.equal(found?.id, running.id);
    assert.equal(await fetched(`${found.url}/alive`), "alive\n");
    const watched = await watching(driver, hub);
    try {
      await driver.stop(launch.name, { graceSeconds: 5 });
      assert.equal((await watched.find("its end is told", endOf(launch.name))).id, running.id);
    } finally {
      await watched.close();
    }
  });

  test("every limit that is not enforced has a note that says why", async () => {
    const capabilities = await subject().driver.capabilities();
    for (const [enforced, word] of [
      [capabilities.memoryLimit, /memory/i],
      [capabilities.cpuLimit, /cpu/i],
      [capabilities.pidsLimit, /process/i],
      [capabilities.networkIsolation, /port/i],
    ] as const) {
      if (!enforced)
        assert.ok(
          capabilities.notes.some((note) => word.test(note)),
          String(word),
        );
    }
  });
}

async function withScript(subject: Subject, script: string) {
  const { command } = await subject.spec(script);
  return command === undefined ? {} : { command };
}

/** Whether a start that is to be cancelled was: drivers without the step just start. */
async function reaches(start: Promise<unknown>): Promise<boolean> {
  return await start.then(
    () => false,
    () => true,
  );
}
