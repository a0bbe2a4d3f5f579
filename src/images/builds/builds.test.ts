import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { pack } from "tar-stream";
import { type BuildSpec, type BuildView, buildSpecSchema } from "../../contract/index.ts";
import { HubError, systemClock } from "../../kernel/index.ts";
import { createBuilds } from "./builds.ts";
import { type MemoryEngine, memoryEngine } from "./engine.fixture.ts";
import type { Builds, BuildsOptions } from "./ports.ts";
import { writeRecord } from "./records.ts";

const REPOSITORY = "localhost:5000/lab/uspy";
const RELEASE = { name: "lab/uspy", release: true, versionProbe: ["uspy", "--version"] };

interface Bench {
  readonly folder: string;
  readonly engine: MemoryEngine;
  readonly builds: Builds;
  /** Images that were started for a moment. */
  readonly tried: string[];
  start(spec: Partial<BuildSpec>): Promise<BuildView>;
  /** All lines until the end, and the build as it ended. */
  ended(id: string): Promise<{ readonly lines: string[]; readonly build: BuildView }>;
}

async function bench(t: TestContext, changes: Partial<BuildsOptions> = {}, folder = newFolder(t)): Promise<Bench> {
  const engine = memoryEngine();
  const tried: string[] = [];
  const builds = await createBuilds({
    images: engine.images,
    folder: join(folder, "builds"),
    registry: () => "localhost:5000",
    credentials: () => undefined,
    allCredentials: () => ({}),
    mayPush: async () => undefined,
    pushed: () => undefined,
    named: () => undefined,
    smokeTest: async (reference) => void tried.push(reference),
    defaultBase: () => "example.org/base:1",
    ensureBase: async (reference) => reference,
    hostRoot: folder,
    buildMounts: false,
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
    ...changes,
  });
  t.after(() => builds.close());
  const ended: Bench["ended"] = async (id) => {
    const lines: string[] = [];
    for await (const news of builds.follow(id, AbortSignal.timeout(30_000)))
      if (news.kind === "line") lines.push(news.text);
    return { lines, build: builds.get(id) };
  };
  return {
    ...{ folder, engine, builds, tried, ended },
    start: (spec) => builds.start(buildSpecSchema.parse({ name: "lab/uspy", ...spec }), Readable.from(["tar"]), "ada"),
  };
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-builds-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a release without a version says so, since people then have nothing but “latest” to choose", async (t) => {
  const { start, ended } = await bench(t);
  const words = async (more: object) =>
    (await ended((await start({ name: "lab/uspy", release: true, ...more })).id)).build.message;
  assert.match(await words({}), /Tested and released as .*:latest\. It has no version: neither --probe nor a label/);
  assert.match(await words({ tags: ["stable"] }), /Tested and released as .*:stable, .*:latest\.$/);
});

test("a release is tested before its names move, and pushes the version first and latest last", async (t) => {
  const named: string[] = [];
  const { engine, tried, start, ended, folder } = await bench(t, {
    named: (references) => void named.push(...references),
    smokeTest: async (reference) => {
      tried2.push(reference);
      assert.equal(engine.names.get(`${REPOSITORY}:latest`), "old");
    },
  });
  const tried2: string[] = [];
  engine.names.set(`${REPOSITORY}:latest`, "old");
  const { id } = await start({ ...RELEASE, tags: ["stable"] });
  const { build, lines } = await ended(id);
  assert.equal(build.state, "done", build.message);
  assert.deepEqual(
    build.references,
    ["1.2.3", "stable", "latest"].map((tag) => `${REPOSITORY}:${tag}`),
  );
  assert.deepEqual(engine.pushed, build.references);
  assert.deepEqual(named, build.references, "what was known of these names is forgotten");
  assert.equal(build.version, "1.2.3");
  assert.equal(build.digest, "sha256:id1");
  assert.deepEqual(tried2, [`localhost/hublet/build:${id}`]);
  assert.deepEqual(tried, []);
  assert.equal(engine.names.has(`localhost/hublet/build:${id}`), false);
  assert.ok(lines.includes(`pushed ${REPOSITORY}:latest as sha256:id1`));
  const places = join(folder, "builds", id);
  assert.equal(statSync(join(places, "build.json")).mode & 0o777, 0o600);
  assert.equal(statSync(join(places, "log.txt")).mode & 0o777, 0o600);
  assert.equal(existsSync(join(places, "context.tar")), false);
});

test("a version that is given anew is told, since people chose it for what it was", async (t) => {
  const { engine, start, ended } = await bench(t);
  const told = async () =>
    (await ended((await start(RELEASE)).id)).lines.filter((line) => line.includes("meant another image until now"));
  assert.deepEqual(await told(), []);
  assert.deepEqual(await told(), [
    `${REPOSITORY}:1.2.3 meant another image until now: who starts it again gets this one`,
  ]);
  assert.equal(engine.names.get(`${REPOSITORY}:1.2.3`), "id2");
});

test("a test that fails leaves every name as it was", async (t) => {
  const { engine, start, ended } = await bench(t, {
    smokeTest: async () => {
      throw new HubError("image-unsuitable", "It does not answer.");
    },
  });
  engine.names.set(`${REPOSITORY}:latest`, "old");
  const { build } = await ended((await start(RELEASE)).id);
  assert.deepEqual([build.state, build.message], ["failed", "It does not answer."]);
  assert.deepEqual([...engine.names], [[`${REPOSITORY}:latest`, "old"]]);
  assert.deepEqual(engine.pushed, []);
});

test("a push that fails gives back the names that had moved already", async (t) => {
  const { engine, start, ended } = await bench(t);
  engine.names.set(`${REPOSITORY}:latest`, "old").set(`${REPOSITORY}:1.2.3`, "old");
  let refused = false;
  engine.onPush = async (reference) => {
    if (!reference.endsWith(":latest") || refused) return;
    refused = true;
    throw new HubError("image-push-failed", "The registry is full.");
  };
  const { build } = await ended((await start(RELEASE)).id);
  assert.deepEqual([build.state, build.message], ["failed", "The registry is full."]);
  assert.deepEqual(Object.fromEntries(engine.names), {
    [`${REPOSITORY}:latest`]: "old",
    [`${REPOSITORY}:1.2.3`]: "old",
  });
  // The version had been pushed, and is pushed again as it was.
  assert.deepEqual(engine.pushed, [`${REPOSITORY}:1.2.3`, `${REPOSITORY}:1.2.3`]);
});

test("two builds run at once, and the third waits for its turn", async (t) => {
  const { engine, builds, start, ended } = await bench(t);
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: number[] = [];
  engine.onBuild = async () => {
    begun.push(begun.length);
    await gates[begun.length - 1]?.promise;
  };
  const ids = [];
  for (const name of ["lab/a", "lab/b", "lab/c"]) ids.push((await start({ name })).id);
  const [first = "", , third = ""] = ids;
  await until(() => begun.length === 2);
  assert.equal(builds.get(third).state, "queued");
  gates[0]?.resolve();
  await ended(first);
  await until(() => begun.length === 3);
  for (const gate of gates) gate.resolve();
  for (const id of ids) assert.equal((await ended(id)).build.state, "done");
});

test("cancelling ends a build that runs, and one that waits, and leaves names alone", async (t) => {
  const { engine, builds, start, ended } = await bench(t);
  engine.onBuild = () => new Promise(() => undefined);
  const ids = [];
  for (const name of ["lab/a", "lab/b", "lab/c"]) ids.push((await start({ name })).id);
  for (const id of ids.toReversed()) builds.cancel(id, "eve");
  for (const id of ids) {
    const { build } = await ended(id);
    assert.deepEqual([build.state, build.message], ["cancelled", "Cancelled by eve."]);
  }
  assert.equal(engine.names.size, 0);
  // The turns are free again.
  engine.onBuild = async () => undefined;
  assert.equal((await ended((await start({})).id)).build.state, "done");
});

test("of two builds of one name, the last to end has the names and says so", async (t) => {
  const { engine, start, ended } = await bench(t);
  const slow = Promise.withResolvers<void>();
  let count = 0;
  engine.onBuild = async () => {
    count += 1;
    if (count === 1) await slow.promise;
  };
  const first = await start({});
  await until(() => count === 1);
  const second = await start({});
  await ended(second.id);
  slow.resolve();
  const { build } = await ended(first.id);
  assert.match(build.message, new RegExp(`were given to build ${second.id} meanwhile, and are now this one's`));
  assert.equal(engine.names.get(`${REPOSITORY}:latest`), build.imageId);
});

test("who comes late reads the log from its beginning, also after a restart of the hub", async (t) => {
  const folder = newFolder(t);
  const first = await bench(t, {}, folder);
  first.engine.onBuild = async ({ onLine }) => {
    onLine("STEP 1/2: FROM base");
    onLine("\u001B[31mred\u001B[0m\u0007\rtwo");
  };
  const { id } = await first.start({});
  const { lines } = await first.ended(id);
  assert.deepEqual(lines.slice(0, 3), ["== Building", "STEP 1/2: FROM base", "two"]);
  await first.builds.close();
  const second = await bench(t, {}, folder);
  assert.deepEqual(await second.ended(id), { lines, build: first.builds.get(id) });
});

test("what a killed hub left is interrupted, with its temporary image gone", async (t) => {
  const folder = newFolder(t);
  const first = await bench(t, {}, folder);
  const { id } = await first.start({});
  const { build } = await first.ended(id);
  await first.builds.close();
  await writeRecord(join(folder, "builds"), { ...build, state: "building", endedAt: null });
  const { engine } = first;
  engine.names.set(`localhost/hublet/build:${id}`, "half");
  const second = await bench(t, { images: engine.images }, folder);
  assert.equal(second.builds.get(id).state, "interrupted");
  await until(() => !engine.names.has(`localhost/hublet/build:${id}`));
  assert.match(readFileSync(join(folder, "builds", id, "build.json"), "utf8"), /"state":"interrupted"/);
});

test("what a hub that was killed had taken in of a folder is gone, and a record that cannot be read stays", async (t) => {
  const folder = newFolder(t);
  const [unbegun, damaged] = ["20300102-030405-a1b2c3", "20300102-030406-a1b2c3"].map((id) =>
    join(folder, "builds", id),
  );
  for (const place of [unbegun, damaged]) {
    mkdirSync(place ?? "", { recursive: true });
    writeFileSync(join(place ?? "", "context.tar"), "half");
  }
  writeFileSync(join(damaged ?? "", "build.json"), "{");
  const { builds } = await bench(t, {}, folder);
  assert.deepEqual(builds.list(), []);
  assert.deepEqual([existsSync(unbegun ?? ""), existsSync(damaged ?? "")], [false, true]);
});

test("a build without a version in its output fails before anything is named", async (t) => {
  const { engine, start, ended } = await bench(t);
  engine.output = "Traceback: /no such/file\n";
  const { build } = await ended((await start(RELEASE)).id);
  assert.equal(build.state, "failed");
  assert.match(build.message, /its version is not known: “uspy --version” said nothing that can be a tag/);
  assert.equal(engine.names.size, 0);
});

test("what cannot be built is refused at once, and leaves no record", async (t) => {
  const { builds, start } = await bench(t, { registry: () => undefined });
  await assert.rejects(start({ name: "Not A Name" }), { code: "bad-request" });
  await assert.rejects(start({ name: "lab/uspy:1" }), { code: "bad-request" });
  await assert.rejects(start({ tags: ["no tag"] }), { code: "bad-request" });
  for (const file of ["../../etc/passwd", '["\\u002e\\u002e/secret"]', "Containerfile.in", "a\nb"])
    await assert.rejects(start({ file }), { code: "bad-request" }, file);
  await assert.rejects(start({ push: true }), /no registry to push to/);
  const nothing = builds.start(buildSpecSchema.parse({ name: "lab/x" }), undefined, "ada");
  await assert.rejects(nothing, { code: "bad-request" });
  const broken = new Readable({ read: () => broken.destroy(new Error("cut")) });
  await assert.rejects(builds.start(buildSpecSchema.parse({ name: "lab/x" }), broken, "ada"), /did not arrive whole/);
  const full = new Readable({ read: () => full.destroy(Object.assign(new Error("write"), { code: "ENOSPC" })) });
  await assert.rejects(builds.start(buildSpecSchema.parse({ name: "lab/x" }), full, "ada"), { code: "disk-full" });
  const tar = pack();
  tar.entry({ name: "Containerfile" }, "FROM x\n");
  tar.finalize();
  const whole = await buffer(tar);
  for (const bytes of [512, 1024, whole.length - 512]) {
    const cut = Readable.from([whole.subarray(0, bytes)]);
    await assert.rejects(
      builds.start(buildSpecSchema.parse({ name: "lab/x" }), cut, "ada"),
      { code: "bad-request", message: /did not arrive whole: it breaks off/ },
      `${bytes} bytes`,
    );
  }
  assert.deepEqual(builds.list(), []);
  await builds.start(buildSpecSchema.parse({ name: "lab/x" }), Readable.from([whole]), "ada");
});

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    assert.ok(Date.now() < end, "it did not come to that");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
