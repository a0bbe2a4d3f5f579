/** Builds on rootless Podman with a real registry: released, tried out, pushed, removed, while somebody runs the old image. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tarOfFolder } from "../src/cli/image/folder-tar.ts";
import { type BuildSpec, type BuildView, buildSpecSchema, configSchema } from "../src/contract/index.ts";
import { createPodmanDriver, type Driver, type EngineImages } from "../src/drivers/index.ts";
import {
  type Builds,
  createBuilds,
  createImageDesk,
  createRegistryClients,
  type ImageDesk,
  openLastRuns,
  type RegistryClients,
  type Runs,
} from "../src/images/index.ts";
import { ClosingStack, randomHex, systemClock } from "../src/kernel/index.ts";
import { createTrial } from "../src/servers/index.ts";
import { makeBusyboxRoot, startPodman, startRegistry } from "./support/engines.ts";

const NAME = `lab/app-${randomHex(3)}`;
const closing = new ClosingStack();
const folder = mkdtempSync(join(tmpdir(), "hublet-image-builds-"));
const base = `localhost/hublet-test/base-${randomHex(3)}:1`;
let driver: Driver;
let images: EngineImages;
let registry: string;
let clients: RegistryClients;
let builds: Builds;
let desk: ImageDesk;
let running: Runs[] = [];
const touched: string[] = [];

before(async () => {
  const port = await freePort();
  registry = `127.0.0.1:${port}`;
  const engine = closing.add(await startPodman([registry]));
  closing.add(await startRegistry(port));
  const root = closing.add(await makeBusyboxRoot());
  driver = closing.add(createPodmanDriver({ socketPath: engine.socketPath, hub: `builds-${randomHex(4)}` }));
  assert.ok(driver.images !== undefined);
  images = driver.images;
  const settings = { entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/home/jovyan" };
  await images.importRoot(
    root.tarPath,
    { ...settings, reference: base, environment: {}, labels: {} },
    { signal: AbortSignal.timeout(60_000) },
  );
  clients = closing.add(createRegistryClients({ connection: (address) => ({ address }), clock: systemClock }));
  const config = configSchema.parse({
    server: { protocol: "http", startTimeout: "60s", memory: "128M" },
  });
  const common = {
    ...{ images, clock: systemClock, log: { info: () => undefined, warn: () => undefined } },
    registry: () => registry,
    credentials: () => undefined,
  };
  builds = closing.add(
    await createBuilds({
      ...common,
      folder: join(folder, "builds"),
      allCredentials: () => ({}),
      mayPush: async () => undefined,
      pushed: (repository) => void touched.push(repository),
      named: () => undefined,
      smokeTest: createTrial({ driver, config: () => config, clock: systemClock, trials: new Set() }),
      defaultBase: () => base,
      ensureBase: async (reference) => reference,
      hostRoot: "",
      buildMounts: true,
    }),
  );
  desk = createImageDesk({
    ...common,
    // The account is shared with other tests, whose images are theirs.
    exclusive: false,
    keeper: {
      ensure: async () => {
        throw new Error("nothing is fetched here");
      },
      forget: () => undefined,
      jupyterhubOf: () => undefined,
    },
    config: () => config,
    running: async () => running,
    built: { reference: undefined, replaceable: () => false },
    ownRegistry: undefined,
    client: (address) => clients.at(address),
    mayPush: async () => undefined,
    touched: (repository) => void touched.push(repository),
    disk: folder,
    lastRuns: await openLastRuns(join(folder, "used.json"), systemClock),
    oldestBuild: () => builds.oldestUnderWay(),
  });
});

after(async () => {
  for (const image of await images.list())
    if (image.references.some((name) => name.includes(NAME) || name === base))
      for (const name of image.references) await images.remove(name).catch(() => undefined);
  await closing.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A program that says its version, and serves it. */
async function released(
  version: string,
  command: string,
  more: Partial<BuildSpec> = {},
): Promise<BuildView & { log: string }> {
  const source = join(folder, `source-${randomHex(4)}`);
  mkdirSync(source);
  writeFileSync(join(source, "app"), `#!/bin/sh\necho app ${version}\n`, { mode: 0o755 });
  writeFileSync(join(source, "secret.key"), "not for the image");
  writeFileSync(join(source, ".containerignore"), "*.key\n");
  writeFileSync(
    join(source, "Containerfile"),
    `ARG BASE\nFROM \${BASE}\nCOPY . /opt/app/\nRUN test ! -e /opt/app/secret.key\nCMD ["/bin/sh", "-c", "${command}"]\n`,
  );
  const spec = buildSpecSchema.parse({
    ...{ name: NAME, release: true, args: { BASE: base }, versionProbe: ["/opt/app/app"] },
    ...more,
  });
  const { id } = await builds.start(spec, await tarOfFolder(source, []), "ada");
  let log = "";
  for await (const news of builds.follow(id, AbortSignal.timeout(120_000)))
    if (news.kind === "line") log += `${news.text}\n`;
  return { ...builds.get(id), log };
}

const SERVE = "cd /opt/app && exec busybox httpd -f -p 8888";

test("a release is in the registry under its version and latest, and what does not answer never gets there", async () => {
  const good = await released("1.0", SERVE);
  assert.equal(good.state, "done", `${good.message}\n${good.log}`);
  assert.deepEqual(good.references, [`${registry}/${NAME}:1.0`, `${registry}/${NAME}:latest`]);
  const client = await clients.at(registry);
  assert.deepEqual([...(await client.tags(NAME))].sort(), ["1.0", "latest"]);
  assert.equal(await client.digest(NAME, "latest"), await client.digest(NAME, "1.0"));
  assert.equal(good.digest, await client.digest(NAME, "latest"));
  assert.deepEqual(touched, [NAME]);

  const bad = await released("1.1", "echo I cannot; exit 3");
  assert.equal(bad.state, "failed", bad.log);
  assert.match(bad.message, /ended|did not answer/);
  assert.match(bad.log, /I cannot/);
  assert.deepEqual([...(await client.tags(NAME))].sort(), ["1.0", "latest"]);
  assert.equal(await client.digest(NAME, "latest"), good.digest);
  assert.equal(await images.inspect(`${registry}/${NAME}:1.1`), undefined);
  assert.equal((await images.inspect(`${registry}/${NAME}:latest`))?.id, good.imageId);
  assert.deepEqual(await driver.list("any"), []);
});

test("a step that fails is told with its command, and a cancelled build leaves nothing", async () => {
  const failed = await released("x", SERVE, { file: "No/Such/File" });
  assert.equal(failed.state, "failed");
  const slow = join(folder, "slow");
  mkdirSync(slow);
  writeFileSync(join(slow, "Containerfile"), `FROM ${base}\nRUN echo now waiting; sleep 600\n`);
  const { id } = await builds.start(
    buildSpecSchema.parse({ name: NAME, tags: ["slow"] }),
    await tarOfFolder(slow, []),
    "ada",
  );
  for await (const news of builds.follow(id, AbortSignal.timeout(60_000)))
    if (news.kind === "line" && news.text === "now waiting") builds.cancel(id, "ada");
  assert.equal(builds.get(id).state, "cancelled");
  assert.equal(await images.inspect(`${registry}/${NAME}:slow`), undefined);
});

test("gc keeps what runs, what is newest and what is in use by the engine; the registry keeps what runs", async () => {
  for (const version of ["2.0", "3.0", "4.0"]) {
    const build = await released(version, SERVE);
    assert.equal(build.state, "done", build.log);
  }
  const name = (tag: string): string => `${registry}/${NAME}:${tag}`;
  // 1.0 runs by its name; 2.0 in a container that no row knows of.
  running = [{ user: "ada", server: "", state: "ready", image: name("1.0") }];
  const spec = {
    ...{ name: `hublet-gc-${randomHex(4)}`, labels: {}, image: name("2.0"), environment: {}, secretEnvironment: {} },
    ...{ mounts: [], port: 8888, limits: {}, readOnlyRoot: false, tmpfs: [] },
  };
  await driver.start(spec, { signal: AbortSignal.timeout(30_000) });
  try {
    const dry = await desk.gc({ dryRun: true, unusedDays: 0 });
    const why = (tag: string) => dry.kept.find(({ reference }) => reference.includes(name(tag)))?.because;
    assert.equal(why("1.0"), "in use by ada");
    assert.match(why("4.0") ?? "", /^one of the newest 2 of/);
    assert.ok(dry.removed.some(({ reference }) => reference === name("2.0")));
    const young = await desk.gc({ dryRun: true, unusedDays: 30 });
    assert.match(young.kept.find(({ reference }) => reference === name("2.0"))?.because ?? "", /not known whether/);

    const done = await desk.gc({ dryRun: false, unusedDays: 0 });
    assert.match(done.kept.find(({ reference }) => reference === name("2.0"))?.because ?? "", /in use/);
    for (const tag of ["1.0", "2.0", "3.0", "4.0"]) assert.ok((await images.inspect(name(tag))) !== undefined, tag);
    const signal = AbortSignal.timeout(20_000);
    await assert.rejects(desk.remove(`${NAME}:1.0`, { registry: true, signal }), /in use by ada/);
    await assert.rejects(desk.remove(name("1.0"), { registry: false, signal }), { code: "conflict" });
  } finally {
    await driver.stop(spec.name, { graceSeconds: 1 });
  }
  running = [];
  const last = await desk.gc({ dryRun: false, unusedDays: 0 });
  assert.ok(last.removed.some(({ reference }) => reference === name("1.0")));
  assert.ok(last.removed.some(({ reference }) => reference === name("2.0")));
  assert.ok(last.freedBytes > 0);
  assert.equal(await images.inspect(name("2.0")), undefined);
  assert.ok((await images.inspect(name("4.0"))) !== undefined);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}
