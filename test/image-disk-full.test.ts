/** A disk that is full in the middle of a pull or a build: the right words, nothing half-made, and the next try works. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { promisify } from "node:util";
import { createDockerDriver } from "../src/drivers/index.ts";
import { createImageKeeper } from "../src/images/index.ts";
import { ClosingStack, systemClock } from "../src/kernel/index.ts";
import { makeBusyboxRoot, mayStartDocker, startDocker, startRegistry } from "./support/engines.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

// A Docker daemon on a disk of its own takes root.
if (mayStartDocker())
  test("a full disk during a pull and a build is told as such; with space the same works", {
    timeout: 120_000,
  }, async (t) => {
    const closing = new ClosingStack();
    const disk = await mountSmallDisk(t, "engine-disk");
    const temporary = process.env.TMPDIR;
    t.after(async () => {
      await closing.close();
      if (temporary === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = temporary;
    });
    const registry = closing.add(await startRegistry(await freePort()));
    const root = closing.add(await makeBusyboxRoot());
    const context = await contextWith(40 * MEBIBYTE);
    const big = `${registry.address}/lab/big:1`;
    await onOtherDisk(root.tarPath, big, context);

    process.env.TMPDIR = disk;
    const engine = closing.add(await startDocker());
    const driver = closing.add(createDockerDriver({ socketPath: engine.socketPath, hub: "full" }));
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
    await assert.rejects(keeper.ensure(big), { code: "disk-full", message: /[Ff]ree some space/ });
    assert.equal(keeper.status(big)?.state, "failed");
    assert.equal(await images.inspect(big), undefined);
    await images.importRoot(root.tarPath, settings("localhost/lab/base:1"), { signal: AbortSignal.timeout(30_000) });
    const build = () => images.build(Readable.from([context]), options("localhost/lab/made:1"));
    await assert.rejects(build(), { code: "disk-full" });

    await rm(join(disk, "ballast"));
    await run("mount", ["-o", "remount,size=600m", disk]);
    assert.ok((await keeper.ensure(big)).sizeBytes > 40 * MEBIBYTE);
    assert.ok((await build()).sizeBytes > 40 * MEBIBYTE);
  });

/** Makes the big image on a daemon with room, and pushes it. */
async function onOtherDisk(tarPath: string, name: string, context: Buffer): Promise<void> {
  const engine = await startDocker();
  const driver = createDockerDriver({ socketPath: engine.socketPath, hub: "full" });
  try {
    assert.ok(driver.images !== undefined);
    await driver.images.importRoot(tarPath, settings("localhost/lab/base:1"), { signal: AbortSignal.timeout(30_000) });
    await driver.images.build(Readable.from([context]), options(name));
    await driver.images.push(name, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
  } finally {
    await driver.close();
    await engine.close();
  }
}

/** A tar of a folder with a Containerfile and so many bytes that cannot be compressed. */
async function contextWith(bytes: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-context-"));
  await writeFile(join(folder, "Containerfile"), "FROM localhost/lab/base:1\nCOPY big /big\n");
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}
