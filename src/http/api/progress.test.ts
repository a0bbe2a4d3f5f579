/** Checklist 83–87 of the protocol (9.6): the progress of a start. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SERVER, userName } from "../../kernel/index.ts";
import { readEvents } from "../test-support/events.ts";
import { type House, openHouse } from "../test-support/house.ts";

const alice = { user: userName("alice"), server: DEFAULT_SERVER, by: "alice" } as const;

async function progressFor(house: House, name: string) {
  const headers = await house.tokenOf(name);
  return (path = "alice/server") => readEvents(house.origin("private"), `/hub/api/users/${path}/progress`, { headers });
}

test("83, 84: from 0 to ready with its url, then the end; afterwards the last event alone", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["delay=400"] });
  const progress = await progressFor(house, "alice");
  assert.equal((await progress()).status, 400);
  await house.servers.start(alice);
  const stream = await progress();
  assert.equal(stream.status, 200);
  assert.equal(stream.type, "text/event-stream");
  const events = (await stream.rest()).map(({ data }) => data);
  assert.deepEqual(events[0], { progress: 0, message: "Server requested" });
  assert.equal(events.filter(({ message }) => message === "Server requested").length, 1);
  assert.ok(events.length > 2);
  assert.deepEqual(events.at(-1), {
    progress: 100,
    ready: true,
    message: "Server ready at /user/alice/",
    html_message: 'Server ready at <a href="/user/alice/">/user/alice/</a>',
    url: "/user/alice/",
  });
  assert.ok(events.slice(0, -1).every(({ ready, progress }) => ready === undefined && progress < 100));
  assert.equal((await (await progress()).rest()).length, 1);
  assert.equal((await progress("alice/servers/nosuch")).status, 404);
});

test("85: a start that fails says failed, and so does asking afterwards", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["delay=200", "die=1"] });
  const progress = await progressFor(house, "alice");
  await house.servers.start(alice);
  for (let time = 0; time < 2; time += 1) {
    const last = (await (await progress()).rest()).at(-1)?.data;
    assert.equal(last.failed, true);
    assert.match(last.message, /^Spawn failed: ./);
  }
});

test("87: another plain person gets 404, and so does whoever asks for nobody", async (t) => {
  const house = await openHouse(t);
  const progress = await progressFor(house, "bob");
  assert.equal((await progress()).status, 404);
  assert.equal((await progress("nobody/server")).status, 404);
});
