/** Checklist 63–71 and 75 of the protocol (9.5): servers by API; real processes behind the real proxy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../test-support/browser.ts";
import { type House, openHouse } from "../test-support/house.ts";

async function as(house: House, name: string, scopes?: readonly string[]) {
  const headers = await house.tokenOf(name, scopes);
  return (method: string, path: string, body?: unknown) =>
    house.send(method, `/hub/api/users/${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

function assertEmptyText(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.text, "");
}

test("63–69: a server from start to stop, for a name that needs escaping", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["delay=700"] });
  const send = await as(house, "carol@x y");
  const me = "carol@x%20y";
  const stopped = (await send("GET", `${me}/server`)).json();
  assert.deepEqual([stopped.ready, stopped.stopped, stopped.pending, stopped.started], [false, true, null, null]);

  const starting = send("POST", `${me}/server`);
  while ((await send("GET", `${me}/server`)).json().pending !== "spawn");
  const model = (await send("GET", `${me}`)).json();
  assert.deepEqual([model.pending, model.server, model.servers[""].ready], ["spawn", null, false]);
  assertEmptyText(await send("POST", `${me}/server`), 202);
  assertEmptyText(await starting, 201);
  assert.equal((await send("POST", `${me}/server`)).status, 400);

  const server = (await send("GET", `${me}/server`)).json();
  assert.deepEqual([server.ready, server.pending, server.stopped], [true, null, false]);
  assert.ok(Date.parse(server.started) > 0);
  assert.equal(server.url, "/user/carol@x%20y/");
  assert.equal(server.progress_url, "/hub/api/users/carol@x%20y/server/progress");
  assert.equal(server.full_name, "carol@x y/");
  assert.equal(server.full_url, null);
  assert.equal("state" in server, false);
  assert.equal((await send("GET", me)).json().server, "/user/carol@x%20y/");
  const admin = await as(house, "admin");
  assert.equal(typeof (await admin("GET", `${me}/server`)).json().state, "object");

  assertEmptyText(await send("DELETE", `${me}/server`), 204);
  assertEmptyText(await send("DELETE", `${me}/server`), 204);
  assert.deepEqual((await send("GET", me)).json().servers, {});
});

test("70, 71, 75: named servers are made, started, and removed with a body on DELETE", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const send = await as(house, "alice");
  const made = await send("PUT", "alice/servers/work-2", { display_name: "Work", user_options: { a: 1 } });
  assert.equal(made.status, 201);
  assert.deepEqual([made.json().display_name, made.json().user_options, made.json().stopped], ["Work", { a: 1 }, true]);
  assert.equal((await send("PUT", "alice/servers/work-2")).status, 409);
  assert.equal((await send("PUT", "alice/server")).status, 409);
  for (const name of ["Bad_Name", "a--b", "-a", "a-", "2a", "a".repeat(31)])
    for (const method of ["PUT", "POST"]) assert.equal((await send(method, `alice/servers/${name}`)).status, 400, name);
  assertEmptyText(await send("POST", "alice/servers/work-2"), 201);
  assert.equal((await send("PATCH", "alice/servers/work-2", { display_name: "x" })).status, 400);
  assert.equal((await send("DELETE", "alice/server", { remove: true })).status, 400);
  assert.equal((await send("DELETE", "alice/servers/nosuch")).status, 404);
  assertEmptyText(await send("DELETE", "alice/servers/work-2", { remove: true }), 204);
  assert.equal((await send("GET", "alice/servers/work-2")).status, 404);
});

test("73: a stopped server is renamed and described", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  for (const name of ["one", "two"]) await send("PUT", `alice/servers/${name}`);
  assert.equal((await send("PATCH", "alice/servers/one", { name: "three" })).json().name, "three");
  assert.equal((await send("GET", "alice/servers/one")).status, 404);
  assert.equal((await send("PATCH", "alice/servers/three", { name: "two" })).status, 409);
  assert.equal((await send("PATCH", "alice/servers/nosuch", { name: "four" })).status, 404);
  for (const body of [{}, undefined, { user_options: 5 }, { name: "Bad_Name" }, { foo: 1 }])
    assert.equal((await send("PATCH", "alice/servers/three", body)).status, 400, JSON.stringify(body));
});

test("72: display names are short lines without outer or double spaces", async (t) => {
  const house = await openHouse(t);
  const send = await as(house, "alice");
  for (const [index, display_name] of [" a", "a ", "a  b", "a\nb", "", "x".repeat(256), "a\u200bb"].entries())
    assert.equal(
      (await send("PUT", `alice/servers/s${index}`, { display_name })).status,
      400,
      JSON.stringify(display_name),
    );
  assert.equal(
    (await send("PUT", "alice/servers/fine", { display_name: "Mein Büro <b>" })).json().display_name,
    "Mein Büro <b>",
  );
  assert.equal((await send("PATCH", "alice/servers/fine", { display_name: " a" })).status, 400);
});

test("74: the options of a start come in either form, and are kept for the next one", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const send = await as(house, "alice");
  const options = async () => (await send("GET", "alice/server")).json().user_options;
  await send("POST", "alice/server", { user_options: { cpu: 1 } });
  assert.deepEqual(await options(), { cpu: 1 });
  await send("DELETE", "alice/server");
  await send("POST", "alice/server");
  assert.deepEqual(await options(), { cpu: 1 });
  await send("DELETE", "alice/server");
  await send("POST", "alice/server", { cpu: 2 });
  assert.deepEqual(await options(), { cpu: 2 });
  const bob = await as(house, "bob");
  for (const body of [[], '"x"', { user_options: 5 }])
    assert.equal((await bob("POST", "bob/server", body)).status, 400);
});

test("36: removing a person stops all of their servers first", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const send = await as(house, "alice");
  await Promise.all([send("POST", "alice/server"), send("POST", "alice/servers/work")]);
  const admin = await as(house, "admin");
  assert.equal((await admin("DELETE", "alice")).status, 204);
  assert.equal((await admin("GET", "alice")).status, 404);
  assert.equal(await house.servers.running(), 0);
});

test("79: a start that dies is an error with its reason, and the next one works as before", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["die=1"] });
  const send = await as(house, "alice");
  const answer = await send("POST", "alice/server");
  assert.equal(answer.status, 500);
  assert.match(answer.json().message, /ended|died/);
  const { ready, pending, stopped } = (await send("GET", "alice/server")).json();
  assert.deepEqual([ready, pending, stopped], [false, null, true]);
});

test("81: a start that is stopped meanwhile says so, and leaves nothing", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["mute"] });
  const send = await as(house, "alice");
  const starting = send("POST", "alice/server");
  while ((await send("GET", "alice/server")).json().pending !== "spawn");
  assertEmptyText(await send("DELETE", "alice/server"), 204);
  assert.equal((await starting).status, 409);
  assert.equal((await send("GET", "alice/server")).json().stopped, true);
});

test("others' servers are 404 to a plain person, whatever is done to them", async (t) => {
  const house = await openHouse(t);
  const bob = await as(house, "bob");
  for (const path of ["alice/server", "alice/servers/x", "nobody/server"])
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
      assert.equal((await bob(method, path)).status, 404, `${method} ${path}`);
});
