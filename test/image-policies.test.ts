/** When an image is fetched, what is pinned, and what an image must have: real Podman, and a registry that comes and goes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { guardedRegistry } from "../src/drivers/contract-images.ts";
import { createPodmanDriver, type EngineImages } from "../src/drivers/index.ts";
import {
  createImageKeeper,
  createRegistryClient,
  type ImageKeeper,
  type ImageKeeperOptions,
  parseReference,
} from "../src/images/index.ts";
import { type Closable, ClosingStack, randomHex, Secret, systemClock } from "../src/kernel/index.ts";
import { makeBusyboxRoot, startPodman, startRegistry } from "./support/engines.ts";

const run = promisify(execFile);
const LAB = `lab-${randomHex(4)}`;
const closing = new ClosingStack();
const ada = { username: "ada", password: new Secret("lovelace") };
let images: EngineImages;
let root: Closable & { readonly tarPath: string };
let registry: string;
let guarded: string;
/** Behind it nothing answers until `open` is called. */
let silent: string;

before(async () => {
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  [registry, guarded, silent] = ports.map((port) => `127.0.0.1:${port}`) as [string, string, string];
  const engine = closing.add(await startPodman([registry, guarded, silent]));
  closing.add(await startRegistry(ports[0]));
  closing.add(await guardedRegistry(registry, ports[1]));
  root = closing.add(await makeBusyboxRoot());
  const driver = closing.add(createPodmanDriver({ socketPath: engine.socketPath, hub: LAB }));
  assert.ok(driver.images !== undefined);
  images = driver.images;
  closing.defer(clear);
});

after(() => closing.close());

test("“always” fetches what the registry has anew, and nothing when it is the same", async () => {
  const name = `${registry}/${LAB}/always:1`;
  const first = await published(name, "one");
  const { keeper, states } = keep();
  assert.equal((await keeper.ensure(name, { policy: "always" })).labels.content, "one");
  assert.deepEqual(states(), ["checking", "pulling", "ready"]);
  await keeper.ensure(name, { policy: "always" });
  assert.deepEqual(states().slice(3), ["checking", "ready"], "the same content is not fetched again");
  const second = await published(name, "two");
  assert.notEqual(first, second);
  assert.equal((await keeper.ensure(name)).labels.content, "one", "“missing” is content with what is here");
  const newest = await keeper.ensure(name, { policy: "always" });
  assert.deepEqual([newest.labels.content, newest.reference], ["two", name]);
});

test("“always” and “digest” go on with what is here while the registry does not answer, and say so", async () => {
  const name = `${silent}/${LAB}/quiet:1`;
  const refused = keep({ digestOf: async (reference, signal) => ask(reference, signal) }).keeper;
  await assert.rejects(refused.ensure(name, { policy: "always" }), { code: "image-pull-failed" });
  await imported(name, "here");
  const { keeper } = keep();
  assert.equal((await keeper.ensure(name, { policy: "always" })).reference, name);
  assert.match(keeper.status(name)?.message ?? "", /It is the one that this host has: .*127\.0\.0\.1/);
  assert.equal((await keeper.ensure(name, { policy: "digest" })).labels.content, "here");
});

test("“digest” pins what a tag names at this moment; the name moves on and what was pinned stays", async () => {
  const name = `${registry}/${LAB}/pinned:latest`;
  const digest = await published(name, "one");
  const { keeper } = keep();
  const first = await keeper.ensure(name, { policy: "digest" });
  assert.deepEqual([first.reference, first.digest], [`${registry}/${LAB}/pinned@${digest}`, digest]);
  assert.equal((await images.inspect(name))?.id, first.id, "lists show it by its name");
  const next = await published(name, "two");
  const second = await keeper.ensure(name, { policy: "digest" });
  assert.deepEqual([second.digest, second.labels.content], [next, "two"]);
  assert.equal((await images.inspect(name))?.id, second.id);
  assert.equal((await images.inspect(first.reference))?.id, first.id);
  const chosen = await keeper.ensure(name, { digest });
  assert.deepEqual([chosen.reference, chosen.id], [first.reference, first.id], "content that was found out before");
});

test("a tag that is gone from the registry is missing, but what is here still runs", async () => {
  const name = `${registry}/${LAB}/gone:1`;
  const { keeper } = keep();
  for (const policy of ["always", "digest"] as const)
    await assert.rejects(keeper.ensure(name, { policy }), { code: "image-missing", message: /choose another version/ });
  await imported(name, "left");
  assert.equal((await keeper.ensure(name, { policy: "always" })).labels.content, "left");
  assert.match(keeper.status(name)?.message ?? "", /no image of that name any more/);
});

test("“never” runs what is here, and fetches nothing", async () => {
  const name = `${registry}/${LAB}/never:1`;
  await published(name, "one");
  const { keeper } = keep();
  await assert.rejects(keeper.ensure(name, { policy: "never" }), { code: "image-missing", message: /pull: never/ });
  await imported(name, "mine");
  assert.equal((await keeper.ensure(name, { policy: "never" })).labels.content, "mine");
});

test("a registry with a sign-in: without it, with a wrong one, and with the right one", async () => {
  const name = `${guarded}/${LAB}/private:1`;
  await published(`${registry}/${LAB}/private:1`, "secret");
  const ensure = (credentials: typeof ada | undefined) =>
    keep({ credentialsFor: (address) => (address === guarded ? credentials : undefined) }).keeper.ensure(name);
  await assert.rejects(ensure(undefined), { code: "registry-refused", message: /“registries” in hublet\.yaml/ });
  await assert.rejects(ensure({ ...ada, password: new Secret("byron") }), { code: "registry-refused" });
  assert.equal((await ensure(ada)).labels.content, "secret");
});

test("an image must have a jupyterhub that fits, which is looked up once and kept", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-facts-"));
  const factsFile = join(folder, "facts.json");
  try {
    const looking = { ownCommand: false, signal: AbortSignal.timeout(60_000) };
    const { keeper } = keep({ factsFile });
    const ready = async (tag: string, version: string | undefined) => {
      const name = `localhost/${LAB}/hub:${tag}`;
      await imported(name, tag);
      if (version !== undefined) await withJupyterHub(name, version);
      return keeper.ensure(name);
    };
    const none = await ready("none", undefined);
    await assert.rejects(keeper.suits(none, looking), { code: "image-unsuitable", message: /protocol: http/ });
    assert.equal(await keeper.suits(none, { ...looking, ownCommand: true }), undefined);
    const fits = await ready("fits", "5.2.1");
    assert.equal(await keeper.suits(fits, looking), undefined);
    assert.deepEqual(
      [keeper.jupyterhubOf({ ...fits, labels: {} }), keeper.jupyterhubOf({ ...none, labels: {} })],
      ["5.2.1", null],
    );
    const old = await ready("old", "1.5.0");
    await assert.rejects(keeper.suits(old, looking), {
      code: "image-unsuitable",
      message: /1\.5\.0, which is too old/,
    });
    const late = await ready("late", "7.0.0b1");
    await assert.rejects(keeper.suits(late, looking), { code: "image-unsuitable", message: /newer than this hub/ });

    const broken = { ...images, probe: () => assert.fail("looked again") } as EngineImages;
    const next = keep({ factsFile, images: broken }).keeper;
    assert.equal(await next.suits(fits, looking), undefined);
    await writeFile(factsFile, "spoilt");
    const shy = { ...images, probe: () => Promise.reject(new Error("no shell")) } as EngineImages;
    const after = keep({ factsFile, images: shy }).keeper;
    assert.match((await after.suits(old, looking)) ?? "", /could not be found out: no shell/, "never blocks a start");
    assert.equal(await readFile(factsFile, "utf8"), "spoilt", "what is not known is not written");
  } finally {
    await rm(folder, { recursive: true });
  }
});

function keep(changes: Partial<ImageKeeperOptions> = {}): { keeper: ImageKeeper; states: () => string[] } {
  const seen: string[] = [];
  const keeper = createImageKeeper({
    images,
    build: undefined,
    builtReference: undefined,
    replaceable: () => false,
    digestOf: ask,
    log: { info: () => undefined, warn: () => undefined },
    clock: systemClock,
    ...changes,
  });
  keeper.subscribe(({ state }) => seen.push(state));
  return { keeper, states: () => seen.filter((state, i) => state !== seen[i - 1]) };
}

async function ask(reference: string, signal: AbortSignal): Promise<string | undefined> {
  const { domain, path, tag, digest } = parseReference(reference);
  const client = createRegistryClient({ address: domain, insecure: true });
  try {
    return await client.digest(path, digest ?? tag ?? "latest", signal);
  } finally {
    await client.close();
  }
}

/** An image with a label that tells it apart. */
async function imported(reference: string, content: string): Promise<void> {
  const settings = { entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/home/jovyan" };
  const rest = { environment: { PATH: "/bin" }, labels: { content } };
  await images.importRoot(root.tarPath, { reference, ...settings, ...rest }, { signal: AbortSignal.timeout(30_000) });
}

/** In the registry, and not on the engine unless it was there. */
async function published(reference: string, content: string): Promise<string> {
  const before = await images.inspect(reference);
  const kept = `localhost/${LAB}/kept:${randomHex(4)}`;
  if (before !== undefined) await images.tag(reference, kept);
  await imported(reference, content);
  const quiet = { signal: AbortSignal.timeout(30_000), onProgress: () => undefined };
  const { digest } = await images.push(reference, quiet);
  await images.remove(reference);
  if (before !== undefined) {
    await images.tag(kept, reference);
    await images.remove(kept);
  }
  assert.ok(digest !== undefined);
  return digest;
}

/** The image under the same name with programs that say that they are jupyterhub. */
async function withJupyterHub(reference: string, version: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-context-"));
  const script = `#!/bin/sh\necho ${version}\n`;
  await writeFile(join(folder, "jupyterhub"), script, { mode: 0o755 });
  await writeFile(join(folder, "jupyterhub-singleuser"), script, { mode: 0o755 });
  await writeFile(join(folder, "Containerfile"), `FROM ${reference}\nCOPY jupyterhub jupyterhub-singleuser /bin/\n`);
  const { stdout } = await run("tar", ["-C", folder, "-cf", "-", "."], { encoding: "buffer" });
  await rm(folder, { recursive: true });
  await images.build(Readable.from([stdout]), {
    ...{ references: [reference], file: "Containerfile", args: {}, labels: {}, noCache: true },
    ...{ signal: AbortSignal.timeout(60_000), onLine: () => undefined },
  });
}

async function clear(): Promise<void> {
  for (const { references, digests, labels, id } of await images.list())
    if (
      [...references, ...digests].some((name) => name.includes(LAB)) ||
      (labels.content !== undefined && references.length === 0)
    )
      for (const name of references.length === 0 ? [id] : references) await images.remove(name).catch(() => undefined);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}
