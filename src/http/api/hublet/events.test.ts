/** The live stream of the web pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { homeSchema, type ImageStatus, serverViewSchema } from "../../../contract/index.ts";
import { serverName, userName } from "../../../kernel/index.ts";
import type { Browser } from "../../test-support/browser.ts";
import { readEvents } from "../../test-support/events.ts";
import { type House, openHouse } from "../../test-support/house.ts";

const ALICE = userName("alice");

function follow(house: House, browser: Browser, path = "/hub/api/hublet/events") {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { cookie, "user-agent": "test", "x-forwarded-for": "10.0.0.1", "sec-fetch-mode": "cors" };
  return readEvents(house.origin("private"), `${path}?_xsrf=${encodeURIComponent(browser.xsrf)}`, { headers });
}

function imageStatus(reference: string, state: ImageStatus["state"]): ImageStatus {
  return { reference, state, message: "", fraction: null, bytesDone: null, bytesTotal: null, since: "" };
}

test("a snapshot at once, then each step of a start with its event, then what was removed", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const stream = await follow(house, await house.browserOf("alice"));
  assert.deepEqual([stream.status, stream.type], [200, "text/event-stream"]);
  const home = await stream.next();
  assert.equal(home?.event, "home");
  assert.equal(homeSchema.parse(home?.data).servers[0]?.state, "stopped");
  assert.deepEqual(home?.data.notes, []);

  const key = { user: ALICE, server: serverName("work") };
  await house.servers.start({ ...key, by: "alice" });
  const states: string[] = [];
  while (states.at(-1) !== "ready") {
    const server = serverViewSchema.parse((await stream.until("server")).data);
    if (server.state === states.at(-1)) continue;
    states.push(server.state);
    const { data } = await stream.until("timeline");
    assert.deepEqual([data.user, data.server, data.event.state], ["alice", "work", server.state]);
  }
  assert.deepEqual(states, ["queued", "preparing", "starting", "ready"]);
  await house.servers.remove({ ...key, by: "alice" });
  assert.deepEqual((await stream.until("removed")).data, { user: "alice", name: "work" });
  stream.close();
});

test("views carry no engine address, no gate epoch and nothing else of the record", async (t) => {
  const house = await openHouse(t, { proxy: true, config: { server: { protocol: "http" } } });
  const admin = await house.browserOf("admin");
  const stream = await follow(house, admin);
  await admin.call("POST", "/hub/api/users/alice/server");
  for (let state = ""; state !== "ready"; ) {
    const { data } = await stream.until("server");
    assert.deepEqual(Object.keys(data).sort(), Object.keys(serverViewSchema.shape).sort());
    state = data.state;
  }
  stream.close();
});

test("a person hears of their own servers alone", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const bob = await follow(house, await house.browserOf("bob"));
  const admin = await follow(house, await house.browserOf("admin"));
  await bob.until("home");
  assert.deepEqual((await admin.until("home")).data.notes, ["Disk quotas are not enforced."]);
  await alice.call("PUT", "/hub/api/users/alice/servers/secret");
  await house.servers.create({ user: userName("bob"), server: serverName("mine") });
  assert.equal((await bob.next())?.data.name, "mine");
  assert.equal((await admin.next())?.data.name, "secret");
});

test("an image that failed is the admins' business; one on its way is everybody's", async (t) => {
  const statuses = [imageStatus("localhost/broken:1", "failed"), imageStatus("localhost/big:1", "pulling")];
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const house = await openHouse(t, { images: { statuses: () => statuses, subscribe } });
  const bob = await follow(house, await house.browserOf("bob"));
  const admin = await follow(house, await house.browserOf("admin"));
  const states = (images: readonly ImageStatus[]): string[] => images.map(({ state }) => state);
  assert.deepEqual(states((await bob.until("home")).data.images), ["pulling"]);
  assert.deepEqual(states((await admin.until("home")).data.images), ["failed", "pulling"]);
  for (const listener of listeners) listener();
  assert.deepEqual(states((await bob.until("images")).data), ["pulling"]);
  assert.deepEqual(states((await admin.until("images")).data), ["failed", "pulling"]);
});

test("the stream is refused to the anonymous, and to a page of another site", async (t) => {
  const house = await openHouse(t);
  assert.equal((await follow(house, await house.browserOf(""))).status, 403);
  const alice = await house.browserOf("alice");
  alice.cookies.set("_xsrf", "x");
  assert.equal((await follow(house, alice)).status, 403);
});

test("closing the hub ends every stream, without waiting for its next keep-alive", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["mute"] });
  const alice = await house.browserOf("alice");
  await house.servers.start({ user: ALICE, server: serverName(""), by: "alice" });
  const streams = [await follow(house, alice), await follow(house, alice, "/hub/api/users/alice/server/progress")];
  const before = Date.now();
  await house.face.close();
  await Promise.all(streams.map((stream) => stream.rest()));
  assert.ok(Date.now() - before < 6000, "a keep-alive comes each 8 s");
});

test("a reader who goes away leaves nothing behind", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  let listening = 0;
  const { subscribe } = house.servers;
  house.servers.subscribe = (listener) => {
    listening += 1;
    const end = subscribe.call(house.servers, listener);
    return () => {
      listening -= 1;
      end();
    };
  };
  const stream = await follow(house, alice);
  await stream.until("home");
  assert.equal(listening, 1);
  stream.close();
  while (listening > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("a failure after the headers ends the stream and is logged", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  house.servers.list = async () => {
    throw new Error("the database is on fire");
  };
  const stream = await follow(house, alice);
  assert.equal(stream.status, 200);
  assert.deepEqual(await stream.rest(), []);
  assert.ok(house.log.some((line) => line.includes("an event stream failed")));
});

test("a changed configuration is told to everybody, a refused one to admins, and a standing to its person", async (t) => {
  const house = await openHouse(t);
  const alice = await follow(house, await house.browserOf("alice"));
  const admin = await follow(house, await house.browserOf("admin"));
  for (const stream of [alice, admin]) await stream.until("home");
  await house.configure({ banner: { text: "Hello" } });
  for (const stream of [alice, admin]) assert.deepEqual((await stream.until("configuration")).data, {});

  await house.configure({ baner: 1 });
  await admin.until("configuration");
  await house.people.groups.create("staff");
  await house.people.groups.addMembers("staff", ["bob"]);
  await house.people.groups.addMembers("staff", ["alice"]);
  await alice.until("configuration");
  for (const stream of [alice, admin]) stream.close();
});

test("the stream of somebody who may not enter any more ends with the change, not with the next keep-alive", async (t) => {
  const house = await openHouse(t, { config: { people: { names: ["dora"] } } });
  const stream = await follow(house, await house.browserOf("dora"));
  await stream.until("home");
  const before = performance.now();
  await house.configure({});
  await stream.rest();
  assert.ok(performance.now() - before < 6000, "a keep-alive comes each 8 s");
});
