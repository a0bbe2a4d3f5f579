/** A disk that is full in the middle of a pull or a build: the right words, nothing half-made, and the next try works. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import {
  createDockerDriver,
  createPodmanDriver,
  type Driver,
  type EngineDriverOptions,
  type EngineImages,
  type LaunchSpec,
} from "../src/drivers/index.ts";
import { createImageKeeper } from "../src/images/index.ts";
import { ClosingStack, systemClock } from "../src/kernel/index.ts";
import {
  makeBusyboxRoot,
  mayStartDocker,
  startDocker,
  startPodman,
  startRegistry,
  type TestEngine,
} from "./support/engines.ts";
import { eventually, freePort, hubUid } from "./support/hub.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;
const BASE = "localhost/lab/base:1";
const FREE_SOME = /[Ff]ree some/;

test("Podman's images on a full disk: a pull and a build tell it, servers go on; with space the same works", {
  timeout: 600_000,
}, async (t) => {
  await fullDisk(t, startPodman, createPodmanDriver, async (disk, registry) => {
    const storage = join(disk, "images");
    mkdirSync(storage);
    chownSync(storage, await hubUid(), -1);
    return startPodman([registry], { storage });
  });
});

test("a full disk where Podman keeps what it fetches is told as well, and nothing of it stays", {
  timeout: 600_000,
}, async (t) => {
  await fullDisk(t, startPodman, createPodmanDriver, async (disk, registry) => {
    const storage = mkdtempSync("/var/lib/hublet-tests/images-");
    t.after(() => rmSync(storage, { recursive: true, force: true }));
    const temporary = join(disk, "temporary");
    mkdirSync(temporary);
    for (const folder of [storage, temporary]) chownSync(folder, await hubUid(), -1);
    return startPodman([registry], { storage, temporary });
  });
});

// A Docker daemon on a disk of its own takes root.
if (mayStartDocker())
  test("Docker's images on a full disk: a pull and a build tell it, servers go on; with space the same works", {
    timeout: 600_000,
  }, async (t) => {
    const temporary = process.env.TMPDIR;
    t.after(() => {
      if (temporary === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = temporary;
    });
    await fullDisk(t, startDocker, createDockerDriver, async (disk) => {
      process.env.TMPDIR = disk;
      return startDocker();
    });
  });

/** `startFull`: an engine that keeps something on the small disk. */
async function fullDisk(
  t: TestContext,
  start: (registries: readonly string[]) => Promise<TestEngine>,
  create: (options: EngineDriverOptions) => Driver,
  startFull: (disk: string, registry: string) => Promise<TestEngine>,
): Promise<void> {
  const closing = new ClosingStack();
  t.after(() => closing.close());
  const disk = await mountSmallDisk(t, "engine-disk");
  const registry = closing.add(await startRegistry(await freePort()));
  const root = closing.add(await makeBusyboxRoot());
  const context = await contextWith(40 * MEBIBYTE);
  const big = `${registry.address}/lab/big:1`;
  await onOtherDisk(await start([registry.address]), create, root.tarPath, big, context);

  const engine = closing.add(await startFull(disk, registry.address));
  const driver = closing.add(create({ socketPath: engine.socketPath, hub: "full" }));
  const { images } = driver;
  assert.ok(images !== undefined);
  const keeper = createImageKeeper({
    images,
    build: undefined,
    builtReference: undefined,
    replaceable: () => false,
    log: { info: () => undefined, warn: () => undefined },
    clock: systemClock,
  });
  await images.importRoot(root.tarPath, settings(BASE), { signal: AbortSignal.timeout(30_000) });
  const signal = AbortSignal.timeout(300_000);
  const { id } = await driver.start(server("before"), { signal });
  closing.defer(async () => {
    for (const { name } of await driver.list("full")) await driver.stop(name, { graceSeconds: 0 });
  });
  const used = await usedOf(disk);

  await assert.rejects(keeper.ensure(big), { code: "disk-full", message: FREE_SOME });
  assert.equal(keeper.status(big)?.state, "failed");
  assert.equal(await images.inspect(big), undefined);
  await eventually("what was fetched is gone", async () => (await usedOf(disk)) - used < MEBIBYTE || undefined, 30);
  const build = () => images.build(Readable.from([context]), options("localhost/lab/made:1"));
  await assert.rejects(build(), { message: FREE_SOME });
  assert.equal(await images.inspect("localhost/lab/made:1"), undefined);
  const before = await driver.observe("jupyter-full-before");
  assert.deepEqual([before?.id, before?.running], [id, true], "who works goes on");

  await rm(join(disk, "ballast"));
  await run("mount", ["-o", "remount,size=600m", disk]);
  await driver.start(server("after"), { signal });
  assert.equal((await driver.observe("jupyter-full-after"))?.running, true);
  assert.ok((await keeper.ensure(big)).sizeBytes > 40 * MEBIBYTE);
  assert.ok((await build()).sizeBytes > 40 * MEBIBYTE);
}

/** Makes the big image on an engine with room, and pushes it. */
async function onOtherDisk(
  engine: TestEngine,
  create: (options: EngineDriverOptions) => Driver,
  tarPath: string,
  name: string,
  context: Buffer,
): Promise<void> {
  const driver = create({ socketPath: engine.socketPath, hub: "full" });
  try {
    assert.ok(driver.images !== undefined);
    await driver.images.importRoot(tarPath, settings(BASE), { signal: AbortSignal.timeout(30_000) });
    await driver.images.build(Readable.from([context]), options(name));
    await driver.images.push(name, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    for (const made of [name, BASE]) await removed(driver.images, made);
  } finally {
    await driver.close();
    await engine.close();
  }
}

/** Other tests with the same engine may build just now, for which any image is used for a moment. */
async function removed(images: EngineImages, name: string): Promise<void> {
  await eventually(
    `${name} is removed`,
    () =>
      images.remove(name).then(
        () => true,
        () => undefined,
      ),
    30,
  );
}

/** Bytes. */
async function usedOf(disk: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(disk);
  return (blocks - bfree) * bsize;
}

function server(name: string): LaunchSpec {
  return {
    ...{ name: `jupyter-full-${name}`, labels: {}, image: BASE, command: ["busybox", "sleep", "600"] },
    ...{ environment: {}, secretEnvironment: {}, mounts: [], port: 8888, limits: {} },
    ...{ readOnlyRoot: true, tmpfs: ["/tmp"] },
  };
}

/** A tar of a folder with a Containerfile and so many bytes that cannot be compressed. */
async function contextWith(bytes: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-context-"));
  await writeFile(join(folder, "Containerfile"), `FROM ${BASE}\nCOPY big /big\n`);
  await writeFile(join(folder, "big"), randomBytes(bytes));
  const { stdout } = await run("tar", ["-C", folder, "-cf", "-", "."], { encoding: "buffer", maxBuffer: 2 * bytes });
  await rm(folder, { recursive: true });
  return stdout;
}

function settings(reference: string) {
  const rest = { entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/home/jovyan" };
  return { reference, ...rest, environment: { PATH: "/bin" }, labels: {} };
}

function options(reference: string) {
  return {
    ...{ references: [reference], file: "Containerfile", args: {}, labels: {}, noCache: true },
    ...{ signal: AbortSignal.timeout(60_000), onLine: () => undefined },
  };
}
