/** A choice from the catalogue at its start: pinned, given way when it is gone, and refused before it could do harm. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LaunchSpec } from "../drivers/index.ts";
import { HubError } from "../kernel/index.ts";
import type { Choices, Images } from "./ports.ts";
import { alice, hallConfig, newHall } from "./test-support/hall.ts";

const SOON = { withinMs: 30_000 };
const DIGEST = `sha256:${"a".repeat(64)}`;
const CHOSEN = { image: "lab/uspy", tag: "2.1" };
const NAMED = "localhost:5000/lab/uspy:2.1";
const PINNED = `localhost:5000/lab/uspy@${DIGEST}`;

test("a tag is pinned at the start: the digest runs, its name is told and shown", async (t) => {
  const { servers, launched, asked } = await lab(t);
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual([server.state, server.image, server.imageDigest], ["ready", NAMED, DIGEST]);
  assert.deepEqual(asked, [{ reference: NAMED, policy: "missing", digest: DIGEST }]);
  assert.equal(launched[0]?.image, PINNED);
  assert.equal(launched[0]?.environment.JUPYTER_IMAGE_SPEC, NAMED);
});

test("a tag that is gone fails a choice made now, and gives way when it was remembered", async (t) => {
  const catalogue: { gone: boolean } = { gone: false };
  const { servers, launched } = await lab(t, {
    resolve: async () => {
      if (catalogue.gone) throw new HubError("image-missing", "There is no uspy:2.1.");
      return { named: NAMED, digest: DIGEST };
    },
  });
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  await servers.settled(alice, SOON);
  await servers.stop({ ...alice, by: "alice" });
  await servers.settled(alice, SOON);
  catalogue.gone = true;
  await servers.start({ ...alice, by: "alice" });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual([server.state, server.image, server.imageDigest], ["ready", "base:1", null]);
  const words = (await servers.timeline(alice)).map(({ message }) => message);
  assert.ok(words.includes(`${NAMED}, chosen last time, is there no more: base:1 runs.`), words.join("\n"));
  await servers.stop({ ...alice, by: "alice" });
  await servers.settled(alice, SOON);
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  const failed = (await servers.settled(alice, SOON)).server;
  assert.deepEqual([failed.state, failed.failure?.code], ["failed", "image-missing"]);
  // The part that failed is the image's, not the home folder's.
  assert.equal((await servers.timeline(alice)).findLast(({ step }) => step !== null)?.step, "image");
  assert.equal(launched.length, 2);
});

test("while the registry does not answer, what this host has of that name is started; else its words are the failure", async (t) => {
  let here = true;
  const { servers, asked } = await lab(
    t,
    { resolve: () => Promise.reject(new HubError("registry-unreachable", "localhost:5000 does not answer.")) },
    {
      ensure: async (reference) => {
        if (!here) throw new HubError("image-missing", "not here");
        return { id: "1", reference };
      },
    },
  );
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual([server.state, server.image], ["ready", NAMED]);
  assert.equal(asked[0]?.policy, "never");
  await servers.stop({ ...alice, by: "alice" });
  await servers.settled(alice, SOON);
  here = false;
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  const failed = (await servers.settled(alice, SOON)).server;
  assert.deepEqual([failed.failure?.code, failed.state], ["registry-unreachable", "failed"]);
});

test("an image that does not suit is found before anything is started; a note never blocks", async (t) => {
  let verdict: () => Promise<string | undefined> = () =>
    Promise.reject(new HubError("image-unsuitable", "The image has no jupyterhub-singleuser."));
  const { servers, launched } = await lab(t, {}, { suits: () => verdict() });
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual([server.state, server.failure?.code, launched.length], ["failed", "image-unsuitable", 0]);
  verdict = async () => "Which jupyterhub it has could not be found out.";
  await servers.start({ ...alice, by: "alice", options: CHOSEN });
  assert.equal((await servers.settled(alice, SOON)).server.state, "ready");
  const words = (await servers.timeline(alice)).map(({ message }) => message);
  assert.ok(words.includes("Which jupyterhub it has could not be found out."));
});

test("what is not offered is refused at once, and nothing is made", async (t) => {
  const { servers, asked } = await lab(t);
  await assert.rejects(servers.start({ ...alice, by: "alice", options: { image: "secret/x", tag: "1" } }), {
    code: "forbidden",
  });
  assert.deepEqual(asked, []);
});

async function lab(t: TestContext, catalogue: Partial<Choices> = {}, images: Partial<Images> = {}) {
  const launched: LaunchSpec[] = [];
  const asked: { reference: string; policy: string | undefined; digest: string | undefined }[] = [];
  const more = {
    server: { image: "base:1", protocol: "jupyterhub" },
    catalogue: { registry: "localhost:5000", repositories: ["lab/*"] },
  };
  const { servers } = await newHall(t, ({ driver }) => ({
    config: () => hallConfig([], more),
    catalogue: { resolve: async () => ({ named: NAMED, digest: DIGEST }), ...catalogue },
    images: {
      suits: async () => undefined,
      forget: () => undefined,
      status: () => undefined,
      subscribe: () => () => undefined,
      ...images,
      ensure: (reference, options) => {
        asked.push({ reference, policy: options.policy, digest: options.digest });
        if (images.ensure !== undefined) return images.ensure(reference, options);
        const { digest } = options;
        return Promise.resolve({ id: "1", reference: digest === undefined ? reference : PINNED, digest });
      },
    },
    driver: Object.assign(Object.create(driver) as typeof driver, {
      start: (...request: Parameters<typeof driver.start>) => {
        launched.push(request[0]);
        return driver.start(...request);
      },
      ensureVolume: driver.ensureVolume.bind(driver),
      observe: driver.observe.bind(driver),
      stop: driver.stop.bind(driver),
      list: driver.list.bind(driver),
      watch: driver.watch.bind(driver),
      logs: driver.logs.bind(driver),
    }),
  }));
  return { servers, launched, asked };
}
