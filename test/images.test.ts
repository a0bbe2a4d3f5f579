/** Images on a real engine and from a real registry, and the notebook image built (or taken from the cache) and run. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { watch } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, request } from "undici";
import type { ImageStatus } from "../src/contract/index.ts";
import { findAccount } from "../src/deploy/index.ts";
import { createPodmanDriver, type Driver, type EngineImages, type ImportSettings } from "../src/drivers/index.ts";
import {
  type BuildAccount,
  buildNotebook,
  createImageKeeper,
  defaultCacheFolders,
  type ImageKeeper,
  type ImageKeeperOptions,
} from "../src/images/index.ts";
import { type Closable, ClosingStack, randomHex, systemClock } from "../src/kernel/index.ts";
import { ensureProgram, makeBusyboxRoot, startPodman, startRegistry, type TestEngine } from "./support/engines.ts";

const run = promisify(execFile);
const HUB = `images-${randomHex(4)}`;
const NAME = `localhost/hublet-test/${HUB}`;
const quietLog = { info: () => undefined, warn: () => undefined };
const closing = new ClosingStack();
let engine: TestEngine;
let registry: Closable & { readonly address: string };
let root: Closable & { readonly tarPath: string };
let driver: Driver;
let images: EngineImages;

before(async () => {
  const port = await freePort();
  engine = closing.add(await startPodman([`127.0.0.1:${port}`]));
  registry = closing.add(await startRegistry(port));
  root = closing.add(await makeBusyboxRoot());
  driver = closing.add(createPodmanDriver({ socketPath: engine.socketPath, hub: HUB }));
  assert.ok(driver.images !== undefined);
  images = driver.images;
});

after(() => closing.close());

describe("the keeper of images", () => {
  const made = new Set<string>();
  after(async () => {
    for (const reference of made) await images.remove(reference).catch(() => undefined);
  });

  function settings(reference: string): ImportSettings {
    made.add(reference);
    const rest = { entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/home/jovyan" };
    return { reference, ...rest, environment: { NAME: reference }, labels: {} };
  }

  async function imported(reference: string): Promise<void> {
    await images.importRoot(root.tarPath, settings(reference), { signal: AbortSignal.timeout(30_000) });
  }

  /** A keeper whose build is an import of busybox; `builds` counts them. */
  function keeper(changes: Partial<ImageKeeperOptions> = {}) {
    const built = `${NAME}:${randomHex(4)}`;
    const seen: ImageStatus[] = [];
    let builds = 0;
    const made: ImageKeeper = createImageKeeper({
      images,
      build: async ({ onProgress }) => {
        builds += 1;
        onProgress({ phase: "unpacking", fraction: 0.5, message: "Unpacking" });
        return { tar: root.tarPath, settings: settings(built), cached: false };
      },
      builtReference: built,
      replaceable: (reference) => reference.startsWith("127.0.0.1:9/default"),
      log: quietLog,
      clock: systemClock,
      ...changes,
    });
    made.subscribe((status) => seen.push(status));
    const states = (): string[] => seen.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
    return { keeper: made, built, states, builds: () => builds };
  }

  test("an image on the engine is ready, without asking its registry", async () => {
    const reference = `127.0.0.1:9/${HUB}:1`;
    await imported(reference);
    const subject = keeper({ probe: () => assert.fail("no registry is asked") });
    const ready = await subject.keeper.ensure(reference);
    assert.equal(ready.reference, reference);
    assert.ok(ready.sizeBytes > 500_000);
    assert.deepEqual(subject.states(), ["checking", "ready"]);
    assert.equal(subject.keeper.status(reference)?.fraction, 1);
    assert.equal(await subject.keeper.ensure(reference), ready, "the second start does no work at all");
  });

  test("an image of a registry is pulled, once for all who wait", async () => {
    const reference = `${registry.address}/${HUB}/small:1`;
    await imported(reference);
    await push(engine.socketPath, reference);
    await images.remove(reference);
    const subject = keeper();
    const both = await Promise.all([subject.keeper.ensure(reference), subject.keeper.ensure(reference)]);
    assert.equal(both[0], both[1]);
    assert.deepEqual(subject.states(), ["checking", "pulling", "ready"]);
  });

  test("without a registry the default is built once, and stands in for every reference that allows it", async () => {
    const subject = keeper();
    const started = performance.now();
    const [one, two] = await Promise.all([
      subject.keeper.ensure("127.0.0.1:9/default:1"),
      subject.keeper.ensure("127.0.0.1:9/default:2"),
    ]);
    assert.equal(one.reference, subject.built);
    assert.equal(two.reference, subject.built);
    assert.equal(subject.builds(), 1);
    assert.ok(subject.states().includes("building") && subject.states().includes("importing"));
    assert.match(subject.keeper.status("127.0.0.1:9/default:1")?.message ?? "", /in its place/);
    assert.ok(performance.now() - started < 30_000);

    const next = keeper({ builtReference: subject.built, probe: () => assert.fail("the built image is used at once") });
    assert.equal((await next.keeper.ensure("127.0.0.1:9/default:1")).reference, subject.built);
    assert.equal(next.builds(), 0);
  });

  test("an image that is neither here nor reachable is an error with a way out, and may be tried again", async () => {
    const reference = `127.0.0.1:9/${HUB}:2`;
    const subject = keeper();
    await assert.rejects(subject.keeper.ensure(reference), {
      code: "image-pull-failed",
      message: /127\.0\.0\.1:9.*connection refused.*Check/,
    });
    assert.equal(subject.keeper.status(reference)?.state, "failed");
    await assert.rejects(subject.keeper.ensure(`${NAME}:none`), { code: "image-missing" });
    await imported(reference);
    assert.equal((await subject.keeper.ensure(reference)).reference, reference);
  });

  test("a tag that the registry does not have is missing, not unreachable", async () => {
    await assert.rejects(keeper().keeper.ensure(`${registry.address}/${HUB}/none:1`), { code: "image-missing" });
  });

  test("a failed build fails the start that waits for it, and is tried anew at the next", async () => {
    let tries = 0;
    const subject = keeper({
      build: async () => {
        tries += 1;
        if (tries === 1) throw new Error("no mirror");
        return { tar: root.tarPath, settings: settings(`${NAME}:retry`), cached: true };
      },
    });
    await assert.rejects(subject.keeper.ensure("127.0.0.1:9/default:3"), /no mirror/);
    assert.equal((await subject.keeper.ensure("127.0.0.1:9/default:3")).reference, `${NAME}:retry`);
  });

  test("whoever stops waiting does not stop the work", async () => {
    const gate = Promise.withResolvers<void>();
    const reference = `${NAME}:gate`;
    const subject = keeper({
      build: async () => {
        await gate.promise;
        return { tar: root.tarPath, settings: settings(reference), cached: true };
      },
    });
    const abort = new AbortController();
    const first = subject.keeper.ensure("127.0.0.1:9/default:4", { signal: abort.signal });
    const second = subject.keeper.ensure("127.0.0.1:9/default:4");
    abort.abort(new Error("changed my mind"));
    await assert.rejects(first, /changed my mind/);
    gate.resolve();
    assert.equal((await second).reference, reference);
  });

  test("a removed image is remembered until it is forgotten", async () => {
    const reference = `127.0.0.1:9/${HUB}:3`;
    await imported(reference);
    const subject = keeper();
    await subject.keeper.ensure(reference);
    await images.remove(reference);
    await subject.keeper.ensure(reference);
    subject.keeper.forget(reference);
    await assert.rejects(subject.keeper.ensure(reference), { code: "image-pull-failed" });
  });

  test("closing ends a pull under way", async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const address = mute.address();
    assert.ok(address !== null && typeof address === "object");
    const subject = keeper({ probe: async () => ({ answers: true, message: "so it seems" }) });
    const ensured = assert.rejects(subject.keeper.ensure(`127.0.0.1:${address.port}/x:1`), { code: "start-cancelled" });
    await new Promise((resolve) => mute.once("connection", resolve));
    await subject.keeper.close();
    await ensured;
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  test("a driver without images is always ready", async () => {
    const subject = keeper({ images: undefined });
    assert.equal((await subject.keeper.ensure("anything at all")).reference, "anything at all");
    assert.deepEqual(subject.keeper.statuses(), []);
  });
});

describe("the notebook image", () => {
  test("a cancelled build leaves no file and no process", { timeout: 120_000 }, async () => {
    await ensureProgram("mmdebstrap", "mmdebstrap");
    const folder = await mkdtemp(join(tmpdir(), "hublet-cancel-"));
    await run("chmod", ["755", folder]);
    const abort = new AbortController();
    // The builder has made its own folder: it is in the middle of things.
    const watcher = watch(folder, { recursive: true }, (_, name) => {
      if (name?.includes("mmdebstrap.")) abort.abort(new Error("enough"));
    });
    try {
      const options = { folders: { write: folder, read: [] }, signal: abort.signal, onProgress: () => undefined };
      await assert.rejects(buildNotebook({ ...options, ...(await testAccount()) }), /enough/);
      assert.deepEqual(await readdir(folder), []);
      await until("the builder's processes are gone", async () => {
        const { stdout } = await run("ps", ["-eo", "args"]);
        return !stdout.split("\n").some((line) => line.includes(folder) && line.includes("mmdebstrap"));
      });
    } finally {
      watcher.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("it starts JupyterLab, and has jupyterhub-singleuser, read-only and without root", {
    timeout: 900_000,
  }, async () => {
    await ensureProgram("mmdebstrap", "mmdebstrap");
    const account = await testAccount();
    const phases = new Set<string>();
    const subject = createImageKeeper({
      images,
      build: (options) => buildNotebook({ ...options, ...account, folders: defaultCacheFolders() }),
      builtReference: undefined,
      replaceable: () => true,
      log: quietLog,
      clock: systemClock,
    });
    subject.subscribe((status) => phases.add(status.state));
    const image = await subject.ensure("127.0.0.1:9/notebook");
    assert.equal(image.labels["org.hublet.read-only-root"], "true");
    assert.match(image.reference, /^localhost\/hublet\/notebook:[0-9a-f]{12}$/);

    const volume = `${HUB}-home`;
    await driver.ensureVolume(volume, {});
    const spec = {
      name: `${HUB}-lab`,
      labels: { "hublet.hub": HUB },
      image: image.reference,
      environment: { JUPYTER_TOKEN: "t" },
      secretEnvironment: {},
      mounts: [{ kind: "volume", source: volume, target: "/home/jovyan", readOnly: false }],
      port: 8888,
      limits: {},
      readOnlyRoot: "auto",
      tmpfs: ["/tmp", "/run"],
    } as const;
    const signal = AbortSignal.timeout(300_000);
    try {
      const lab = await driver.start(spec, { signal });
      assert.equal((await answer(`${lab.url}/api`)).status, 200);
      const page = await answer(`${lab.url}/lab?token=t`);
      assert.match(page.text, /jupyter-config-data/);
      assert.match(page.text, /"buildCheck": false/);
      const main = /src="([^"]*\/main\.[^"]*\.js[^"]*)"/.exec(page.text)?.[1];
      assert.equal((await answer(`${lab.url}${main ?? "/no-main-script"}`)).status, 200);
      assert.match((await answer(`${lab.url}/api/kernelspecs?token=t`)).text, /"python3"/);
      const terminal = await request(`${lab.url}/api/terminals?token=t`, { method: "POST" });
      assert.equal(terminal.statusCode, 200, await terminal.body.text());
      const log = await driver.logs(spec.name, 200);
      assert.doesNotMatch(log, /Traceback|Read-only file system/);
      await driver.stop(spec.name, { graceSeconds: 10 });

      const script = [
        "mkdir /tmp/www && cd /tmp/www",
        "{ jupyterhub-singleuser --version; jupyter-lab --version; pip --version; git --version; id -u; echo $LANG; } > said 2>&1",
        "touch /usr/broken 2> readonly",
        "exec python3 -m http.server 8888",
      ].join("\n");
      const shell = await driver.start({ ...spec, command: ["sh", "-c", script] }, { signal });
      const said = (await answer(`${shell.url}/said`)).text;
      assert.match(said, /^5\.\d+\.\d+\n4\.\d+\.\d+\npip .*\ngit version .*\n1000\nC\.UTF-8\n$/);
      assert.match((await answer(`${shell.url}/readonly`)).text, /Read-only file system/);
    } finally {
      await driver.stop(spec.name, { graceSeconds: 0 });
      await driver.removeVolume(volume);
      await subject.close();
    }
  });
});

async function testAccount(): Promise<{ account?: BuildAccount }> {
  if (process.getuid?.() !== 0) return {};
  const account = await findAccount("hublet-test");
  assert.ok(account !== undefined);
  return { account };
}

/** The first answer of `url` that is not a refused connection. */
async function answer(url: string): Promise<{ status: number; text: string }> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(10_000) });
      return { status: statusCode, text: await body.text() };
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await look())) {
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
    await delay(100);
  }
}

async function push(socketPath: string, reference: string): Promise<void> {
  const client = new Client("http://engine", { socketPath });
  const [name, tag] = [reference.slice(0, reference.lastIndexOf(":")), reference.slice(reference.lastIndexOf(":") + 1)];
  const path = `/images/${encodeURIComponent(name)}/push?tag=${tag}`;
  const { statusCode, body } = await client.request({ method: "POST", path, headers: { "x-registry-auth": "e30=" } });
  const text = await body.text();
  assert.ok(statusCode === 200 && !text.includes('"error"'), text);
  await client.close();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}
