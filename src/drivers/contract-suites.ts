/** The parts of the contract put together for each kind of driver; the `contract.test.ts` in its folder runs them. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { ClosingStack, randomHex } from "../kernel/index.ts";
import { driverContract } from "./contract.ts";
import { archiveContract, brokenArchiveContract } from "./contract-archives.ts";
import { buildContract } from "./contract-builds.ts";
import { containerContract } from "./contract-containers.ts";
import { engineFillContract, fillContract } from "./contract-fill.ts";
import { guardedRegistry, type ImageSubject, imageContract } from "./contract-images.ts";
import { type EngineTools, freePort, patience, type Subject, serving } from "./contract-support.ts";
import { engineVolumeContract, volumeContract } from "./contract-volumes.ts";
import { createProcessDriver, type Driver, type EngineDriverOptions, type LaunchSpec } from "./index.ts";

/** The whole contract over a container engine, with an image and a registry of its own. */
export function engineSuite(title: string, create: (options: EngineDriverOptions) => Driver, tools: EngineTools): void {
  // One after the other, also where two engines are held to it at once.
  describe(title, { concurrency: 1 }, () => {
    const stack = new ClosingStack();
    let made: ImageSubject | undefined;
    const subject = () => {
      assert.ok(made !== undefined, "the engine did not start");
      return made;
    };

    before(async () => {
      const ports = [await freePort(), await freePort()] as const;
      const registry = stack.add(await tools.startRegistry(ports[0]));
      stack.add(await guardedRegistry(registry.address, ports[1]));
      const guarded = `127.0.0.1:${ports[1]}`;
      const engine = stack.add(await tools.startEngine([registry.address, guarded]));
      const root = stack.add(await tools.makeRoot());
      const hub = `test-${randomHex(4)}`;
      const reference = `localhost/hublet-test/drivers-${hub}:1`;
      const driver = stack.add(create({ socketPath: engine.socketPath, hub }));
      const { images } = driver;
      assert.ok(images !== undefined);
      const settings = {
        reference,
        entrypoint: ["/bin/sh", "-c"],
        command: ["echo nothing to do"],
        user: "1000:100",
        workingDirectory: "/home/jovyan",
        environment: { HOME: "/home/jovyan", PATH: "/bin" },
        labels: { "org.hublet.read-only-root": "true", "org.hublet.test": "yes" },
      };
      await images.importRoot(root.tarPath, settings, { signal: AbortSignal.timeout(60_000) });
      stack.defer(() => images.remove(reference));
      stack.defer(() => clear(driver, hub));
      made = {
        driver,
        hub,
        images,
        settings,
        guarded,
        tarPath: root.tarPath,
        registry: registry.address,
        socketPath: engine.socketPath,
        another: (options) => create({ socketPath: engine.socketPath, hub, ...options }),
        volume: volumes(driver, stack),
        spec: async (script, changes) =>
          launchSpec({ image: reference, command: [script], ...changes }, { WWW: "/tmp/www", LISTEN: "8888" }),
      };
    });
    after(() => stack.close());
    afterEach(() => clear(subject().driver, subject().hub));

    driverContract(subject);
    archiveContract(subject, { uid: 1000, gid: 100 });
    volumeContract(subject, { uid: 1000, gid: 100 });
    containerContract(subject);
    brokenArchiveContract(subject);
    engineVolumeContract(subject);
    fillContract(subject, { uid: 1000, gid: 100 });
    engineFillContract(subject);
    imageContract(subject);
    buildContract(subject);
  });
}

/** The part of the contract that processes can keep. */
export function processSuite(): void {
  describe("process", () => {
    const stack = new ClosingStack();
    let made: Subject | undefined;

    before(async () => {
      const folder = await mkdtemp(join(tmpdir(), "hublet-process-"));
      stack.defer(() => rm(folder, { recursive: true }));
      const hub = `test-${randomHex(4)}`;
      const options = { hub, stateFolder: join(folder, "state"), homes: join(folder, "homes") };
      const driver = stack.add(createProcessDriver(options));
      stack.defer(() => clear(driver, hub));
      made = {
        driver,
        hub,
        socketPath: undefined,
        another: ({ hub: other }) => createProcessDriver({ ...options, hub: other ?? hub }),
        volume: volumes(driver, stack),
        spec: async (script, changes) => {
          const port = await freePort();
          const environment = { WWW: join(folder, randomHex(4)), LISTEN: `127.0.0.1:${port}` };
          return launchSpec({ command: ["/bin/sh", "-c", script], port, ...changes }, environment);
        },
      };
    });
    after(() => stack.close());
    afterEach(() => made && clear(made.driver, made.hub));

    const subject = () => {
      assert.ok(made !== undefined);
      return made;
    };
    driverContract(subject);
    archiveContract(subject, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
    volumeContract(subject, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
    fillContract(subject, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });

    test("files are not given to another owner", async () => {
      const { driver, volume } = subject();
      const name = volume();
      await driver.ensureVolume(name, {});
      await assert.rejects(driver.ownVolume(name, { uid: 2001, gid: 2001 }), {
        code: "conflict",
        message: /processes of this account/,
      });
    });

    test("a bind mount is refused rather than pretended", async () => {
      const { driver, spec } = subject();
      const mounts = [{ kind: "bind", source: tmpdir(), target: "/data", readOnly: true }] as const;
      const launch = await spec(serving(), { mounts });
      await assert.rejects(driver.start(launch, { signal: patience() }), {
        code: "mount-missing",
        message: /local processes here, which have no mounts/,
      });
      assert.equal(await driver.observe(launch.name), undefined);
    });
  });
}

function launchSpec(changes: Partial<LaunchSpec>, environment: Record<string, string>): LaunchSpec {
  return {
    name: `jupyter-test-${randomHex(4)}`,
    labels: {},
    image: "",
    environment,
    secretEnvironment: {},
    mounts: [],
    port: 8888,
    limits: {},
    readOnlyRoot: "auto",
    tmpfs: ["/tmp"],
    ...changes,
  };
}

function volumes(driver: Driver, stack: ClosingStack): () => string {
  return () => {
    const name = `hublet-test-${randomHex(6)}`;
    stack.defer(() => driver.removeVolume(name));
    return name;
  };
}

/** A failed test may have left servers. */
async function clear(driver: Driver, hub: string): Promise<void> {
  for (const server of await driver.list(hub)) await driver.stop(server.name, { graceSeconds: 0 });
}
