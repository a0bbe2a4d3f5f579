/** Images and builds by the API: for admins alone, with folders as they come, and logs to their end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSchema, buildsSchema, imagesSchema } from "../../../contract/index.ts";
import type { EngineImages } from "../../../drivers/index.ts";
import { serverName, userName } from "../../../kernel/index.ts";
import { readEvents } from "../../test-support/events.ts";
import { openHouse } from "../../test-support/house.ts";

/** An engine with one image that builds whatever it is given. */
function engine(): EngineImages & { readonly contexts: number[] } {
  const names = new Map([["localhost/lab/old:1", "sha256:old"]]);
  const contexts: number[] = [];
  const info = (id: string) => ({ id, digests: [], labels: {}, sizeBytes: 5 });
  const never = async (): Promise<never> => assert.fail("nobody asked for this");
  return {
    contexts,
    inspect: async (name) => (names.has(name) ? info(names.get(name) ?? "") : undefined),
    list: async () => [...names].map(([name, id]) => ({ ...info(id), references: [name], created: 1000 })),
    tag: async (from, to) => void names.set(to, names.get(from) ?? from),
    remove: async (name) => void names.delete(name),
    build: async (context, { references, onLine }) => {
      let bytes = 0;
      for await (const chunk of context) bytes += (chunk as Buffer).length;
      contexts.push(bytes);
      onLine("STEP 1/1: FROM scratch");
      for (const name of references) names.set(name, "sha256:new");
      return info("sha256:new");
    },
    probe: async () => ({ exitCode: 0, output: "1.0\n" }),
    ...{ push: never, pull: never, importRoot: never },
  };
}

const SPEC = { name: "lab/new", tags: ["t"] };
const header = (spec: object): string => Buffer.from(JSON.stringify(spec)).toString("base64url");

test("nobody but admins sees or changes images", async (t) => {
  const house = await openHouse(t, { engineImages: engine() });
  const alice = await house.tokenOf("alice");
  const calls = [
    ["GET", "images"],
    ["DELETE", "images"],
    ["POST", "images/pull"],
    ["POST", "images/push"],
    ["POST", "images/tag"],
    ["POST", "images/gc"],
    ["GET", "builds"],
    ["POST", "builds"],
    ["GET", "builds/x"],
    ["DELETE", "builds/x"],
    ["GET", "builds/x/log"],
  ] as const;
  const body = { reference: "localhost/lab/old:1", tag: "localhost/lab/old:2", name: "lab/x" };
  // Admins' tokens with less than all of it may look at most.
  const looking = await house.tokenOf("admin", ["admin-ui", "read:hub"]);
  for (const [method, path] of calls) {
    const send = (headers: Readonly<Record<string, string>>) =>
      house.send(method, `/hub/api/hublet/${path}`, { headers, ...(method === "GET" ? {} : { body }) });
    assert.equal((await send(alice)).status, 403, `${method} ${path}`);
    assert.equal((await send({})).status, 403, `${method} ${path}`);
    if (method !== "GET") assert.equal((await send(looking)).status, 403, `${method} ${path}`);
  }
  assert.equal((await house.send("GET", "/hub/api/hublet/images", { headers: looking })).status, 200);
});

test("a folder of more bytes than any other body may have is built, and its log is told from the beginning", async (t) => {
  const images = engine();
  const house = await openHouse(t, { engineImages: images });
  const admin = await house.tokenOf("admin");
  const headers = { ...admin, "content-type": "application/x-tar", "x-hublet-build": header(SPEC) };
  const answer = await house.send("POST", "/hub/api/hublet/builds", { headers, body: "x".repeat(3_000_000) });
  assert.equal(answer.status, 202, answer.text);
  const { id, by } = buildSchema.parse(answer.json());
  assert.equal(by, "admin");
  const log = await house.send("GET", `/hub/api/hublet/builds/${id}/log`, { headers: admin });
  assert.deepEqual(images.contexts, [3_000_000]);
  const events = log.text.split("\n\n").filter((part) => part.startsWith("event: "));
  assert.ok(events.includes('event: line\ndata: {"text":"STEP 1/1: FROM scratch"}'), log.text);
  assert.match(events.at(-1) ?? "", /^event: build\ndata: .*"state":"done"/);
  const build = buildSchema.parse((await house.send("GET", `/hub/api/hublet/builds/${id}`, { headers: admin })).json());
  assert.deepEqual(build.references, ["localhost/lab/new:t", "localhost/lab/new:latest"]);
  const { items } = buildsSchema.parse((await house.send("GET", "/hub/api/hublet/builds", { headers: admin })).json());
  assert.deepEqual(items, [build]);
});

test("the stream of the pages tells admins of each change of a build and of images, and nobody else", async (t) => {
  const house = await openHouse(t, { engineImages: engine() });
  const follow = async (headers: Readonly<Record<string, string>>) => {
    const stream = await readEvents(house.origin("private"), "/hub/api/hublet/events", { headers });
    await stream.until("home");
    return stream;
  };
  const admin = await house.tokenOf("admin");
  const streams = {
    alice: await follow(await house.tokenOf("alice")),
    less: await follow(await house.tokenOf("admin", ["admin-ui", "read:servers"])),
    admin: await follow(admin),
  };
  const call = (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    house.send(method, `/hub/api/hublet/${path}`, { headers: { ...admin, ...headers }, body });
  const asked = { "content-type": "application/x-tar", "x-hublet-build": header(SPEC) };
  assert.equal((await call("POST", "builds", "a folder", asked)).status, 202);
  const states: string[] = [];
  for (let over = false; !over; ) {
    const { state, endedAt } = buildSchema.parse((await streams.admin.until("build")).data);
    states.push(state);
    over = endedAt !== null;
  }
  assert.deepEqual([...new Set(states)], ["queued", "building", "pushing", "done"]);
  const names = { reference: "localhost/lab/old:1", tag: "localhost/lab/old:2" };
  assert.deepEqual((await call("POST", "images/tag", names)).json(), names);
  assert.deepEqual((await streams.admin.until("engine-images")).data, {});
  assert.equal((await call("DELETE", "images", { reference: names.tag })).status, 200);
  await streams.admin.until("engine-images");
  assert.equal((await call("POST", "images/gc", {})).status, 200);
  await streams.admin.until("engine-images");

  // What both may hear comes after all that, and is the first that they do.
  await house.servers.create({ user: userName("alice"), server: serverName("later") });
  for (const stream of [streams.alice, streams.less]) assert.equal((await stream.next())?.data.name, "later");
  for (const stream of Object.values(streams)) stream.close();
});

test("what is no build is refused with words, not with a bug", async (t) => {
  const house = await openHouse(t, { engineImages: engine() });
  const admin = await house.tokenOf("admin");
  const post = (headers: Readonly<Record<string, string>>, body: unknown) =>
    house.send("POST", "/hub/api/hublet/builds", { headers: { ...admin, ...headers }, body });
  const tar = { "content-type": "application/x-tar" };
  assert.equal((await post({}, { name: "lab/x" })).status, 400);
  assert.equal((await post(tar, "x")).status, 400);
  assert.equal((await post({ ...tar, "x-hublet-build": "{}" }, "x")).status, 400);
  assert.equal(
    (await post({ ...tar, "x-hublet-build": header({ ...SPEC, environment: { apt: ["x"] } }) }, "x")).status,
    400,
  );
  assert.equal((await house.send("GET", "/hub/api/hublet/builds/nothing", { headers: admin })).status, 404);
  assert.equal((await house.send("DELETE", "/hub/api/hublet/builds/nothing", { headers: admin })).status, 404);
});

test("images are listed with who needs them, named, and removed", async (t) => {
  const house = await openHouse(t, { engineImages: engine() });
  const headers = await house.tokenOf("admin");
  const call = (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api/hublet/images${path}`, { headers, ...(body === undefined ? {} : { body }) });
  const [first] = imagesSchema.parse((await call("GET", "")).json()).items;
  assert.deepEqual(first?.references, ["localhost/lab/old:1"]);
  const tagged = await call("POST", "/tag", { reference: "localhost/lab/old:1", tag: "localhost/lab/old:2" });
  assert.equal(tagged.status, 200, tagged.text);
  // Without a registry in it, a name is of this host.
  const short = await call("POST", "/tag", { reference: "lab/old:1", tag: "lab/old:3" });
  assert.deepEqual(short.json(), { reference: "localhost/lab/old:1", tag: "localhost/lab/old:3" });
  assert.deepEqual((await call("DELETE", "", { reference: "lab/old:3" })).json(), { removed: ["localhost/lab/old:3"] });
  const nowhere = await call("POST", "/push", { reference: "lab/none:1" });
  assert.deepEqual([nowhere.status, /no image lab\/none:1 on this host's engine/.test(nowhere.text)], [404, true]);
  const own = await call("POST", "/tag", { reference: "localhost/lab/old:1", tag: "localhost/hublet-hub:9" });
  assert.equal(own.status, 403);
  const removed = await call("DELETE", "", { reference: "localhost/lab/old:2" });
  assert.deepEqual(removed.json(), { removed: ["localhost/lab/old:2"] });
  assert.equal((await call("DELETE", "", { reference: "localhost/lab/old:2" })).status, 404);
  const gc = await call("POST", "/gc", { dryRun: true });
  assert.match(gc.json().kept[0].because, /one of the newest 2/);
});

test("a hub without a container engine says that it has no images", async (t) => {
  const house = await openHouse(t);
  const headers = await house.tokenOf("admin");
  const answer = await house.send("GET", "/hub/api/hublet/images", { headers });
  assert.match(answer.json().message, /runs servers without images/);
});
