/** Checklist 111–117 of the protocol (9.8): pages around a server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SERVER, serverName, userName } from "../../kernel/index.ts";
import { openHouse } from "../test-support/house.ts";

const ALICE = userName("alice");

test("111: a stopped server is 424: a page for people, JSON for programs", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  const page = await alice.open("/hub/user/alice/lab?x=1");
  assert.equal(page.status, 424);
  assert.match(String(page.headers["content-type"]), /^text\/html/);
  assert.match(page.text, /href="\/hub\/spawn\/alice\?next=%2Fuser%2Falice%2Flab%3Fx%3D1"/);
  const accept = { accept: "application/json, text/html;q=0.5" };
  const token = await house.tokenOf("alice");
  const programs = [
    await alice.send("GET", "/hub/user/alice/api/kernels"),
    await alice.send("GET", "/hub/user/alice/lab", { headers: accept }),
    await house.send("GET", "/hub/user/alice/api/kernels", { headers: token }),
    await house.send("PUT", "/hub/user/alice/api/contents/a.ipynb", { headers: token, body: "x".repeat(3_000_000) }),
    await alice.call("POST", "/hub/user/alice/api/kernels", {}),
  ];
  for (const answer of programs) {
    assert.equal(answer.status, 424);
    assert.match(
      answer.json().message,
      /^JupyterHub server no longer running at \/user\/alice\/.*Restart the server at http:.*\/hub\/spawn\/alice$/,
    );
    assert.deepEqual(Object.keys(answer.json()), ["message"]);
  }
  assert.equal((await alice.send("POST", "/hub/user/alice/api/kernels")).status, 403);
  assert.equal((await house.send("POST", "/hub/user/alice/api/kernels")).status, 403);
  assert.equal((await house.servers.get({ user: ALICE, server: DEFAULT_SERVER }))?.state, "stopped");
});

test("104: what an open notebook sends to its stopped server is 424, whatever its body is", async (t) => {
  const house = await openHouse(t);
  for (const [method, body] of [
    ["POST", Buffer.from([0xff, 0])],
    ["PUT", "x".repeat(5_000_000)],
    ["DELETE", undefined],
    ["PATCH", "{"],
  ] as const) {
    const headers = { "content-type": "application/json", origin: "http://hub.example.org", "sec-fetch-mode": "cors" };
    const answer = await house.send(method, "/user/alice/api/contents/a.ipynb", {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    assert.equal(answer.status, 424, method);
    assert.match(answer.json().message, /no longer running at \/user\/alice/);
  }
});

test("112, 115, 117: a start from the page, the page that waits, and the way on when it is ready", async (t) => {
  const house = await openHouse(t, { proxy: true, manners: ["delay=1500"] });
  const alice = await house.browserOf("alice");
  const next = "next=%2Fuser%2Falice%2Ftree%3Fy%3D1";
  const started = await alice.open(`/hub/spawn?${next}`);
  assert.deepEqual([started.status, started.location], [302, `/hub/spawn-pending/alice?${next}`]);
  const waiting = await alice.open("/hub/user/alice/lab");
  assert.deepEqual(
    [waiting.status, waiting.location],
    [303, `/hub/spawn-pending/alice?next=${encodeURIComponent("/hub/user/alice/lab")}`],
  );
  assert.equal((await alice.open("/hub/user/alice/api/x")).status, 424);
  assert.equal((await alice.open(started.location)).status, 200);
  assert.equal((await alice.open(`/hub/spawn?${next}`)).location, started.location);
  assert.equal((await alice.open("/hub/")).location, "/hub/spawn-pending/alice");
  await house.servers.settled({ user: ALICE, server: DEFAULT_SERVER }, { withinMs: 30_000 });

  for (const path of [started.location, `/hub/spawn?${next}`])
    assert.equal((await alice.open(path)).location, "/user/alice/tree?y=1");
  assert.equal((await alice.open("/hub/spawn?next=https%3A%2F%2Fevil.example")).location, "/user/alice/");
  assert.equal((await alice.open("/hub/")).location, "/user/alice/");
  assert.equal((await alice.open("/hub/user/alice/lab?a=b")).location, "/user/alice/lab?a=b&redirects=1");
  for (const redirects of ["abc", "-7", "1e9999"])
    assert.match((await alice.open(`/hub/user/alice/lab?redirects=${redirects}`)).location, /redirects=1$/);
  assert.equal((await alice.open("/hub/user/alice/lab?redirects=4")).status, 500);
});

test("a hub that closes does not wait for browsers that are asked to be patient", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const alice = await house.browserOf("alice");
  await alice.call("POST", "/hub/api/users/alice/server");
  const patient = alice.open("/hub/user/alice/lab?redirects=3");
  const before = Date.now();
  await house.face.close();
  assert.match((await patient).location, /redirects=4$/);
  assert.ok(Date.now() - before < 6000, "they are asked to wait 8 s");
});

test("113: someone else's server is 404, as are servers of nobody", async (t) => {
  const house = await openHouse(t);
  const bob = await house.browserOf("bob");
  for (const path of [
    "/hub/user/alice/lab",
    "/hub/user/alice/api/x",
    "/hub/user/nobody/lab",
    "/hub/user//lab",
    "/hub/spawn/alice",
    "/hub/spawn/nobody",
    "/hub/spawn-pending/alice",
    "/hub/spawn/x%2Fy",
  ])
    assert.equal((await bob.open(path)).status, 404, path);
  const admin = await house.browserOf("admin");
  assert.equal((await admin.open("/hub/user/alice/lab")).status, 424);
  assert.equal((await admin.open("/hub/user/nobody/lab")).status, 404);
});

test("114: a link for everybody leads each to their own server", async (t) => {
  const house = await openHouse(t);
  const carol = await house.browserOf("carol@x y");
  const answer = await carol.open("/hub/user-redirect/lab/tree/x?y=1");
  assert.equal(
    answer.location,
    `/hub/spawn/carol@x%20y?next=${encodeURIComponent("/user/carol@x%20y/lab/tree/x?y=1")}`,
  );
  assert.equal((await carol.open("/user-redirect/lab?y=1")).location, "/hub/user-redirect/lab?y=1");
});

test("116: marked options drop the plain ones, and the name to show is no option", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const alice = await house.browserOf("alice");
  const answer = await alice.open(
    "/hub/spawn/alice/work2?opt-cpu=2&opt-cpu=3&memory=5&display_name=My+work&next=%2Fhub%2F",
  );
  const kept = new URL(answer.location, "http://hub");
  assert.equal(kept.pathname, "/hub/spawn-pending/alice/work2");
  assert.deepEqual([kept.searchParams.get("display_name"), kept.searchParams.get("next")], [null, "/hub/"]);
  const server = await house.servers.get({ user: ALICE, server: serverName("work2") });
  assert.deepEqual([server?.options, server?.displayName], [{ cpu: ["2", "3"] }, "My work"]);
  // The named server's paths are its own; the rest is the default one's.
  await house.servers.settled({ user: ALICE, server: serverName("work2") }, { withinMs: 30_000 });
  assert.equal((await alice.open("/hub/user/alice/work2/lab")).location, "/user/alice/work2/lab?redirects=1");
  assert.equal((await alice.open("/hub/user/alice/other/lab")).status, 424);
});

test("looking at a page makes no server, starts none, and names that cannot be are 400", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  assert.equal((await alice.send("HEAD", "/hub/spawn")).status, 404);
  assert.equal((await alice.open("/hub/spawn-pending/alice/new")).status, 404);
  assert.equal((await alice.open("/hub/spawn/alice/Bad_Name")).status, 400);
  assert.equal((await alice.open("/hub/spawn-pending/alice")).status, 200);
  const servers = await house.servers.list(ALICE);
  assert.deepEqual(
    servers.map(({ name, state }) => [name, state]),
    [["", "stopped"]],
  );
});

test("with several profiles the start page asks first; a failed start is shown with its status", async (t) => {
  const profiles = [
    { name: "small", title: "Small" },
    { name: "large", title: "Large" },
  ];
  const house = await openHouse(t, { proxy: true, manners: ["die=1"], config: { profiles } });
  const alice = await house.browserOf("alice");
  assert.equal((await alice.open("/hub/spawn")).status, 200);
  assert.equal((await alice.open("/hub/spawn/alice/new")).status, 200);
  assert.equal((await house.servers.list(ALICE)).length, 1);
  assert.equal((await alice.open("/hub/spawn?profile=nosuch")).status, 400);
  assert.equal((await alice.open("/hub/spawn?profile=small")).status, 302);
  await house.servers.settled({ user: ALICE, server: DEFAULT_SERVER }, { withinMs: 30_000 });
  assert.equal((await alice.open("/hub/spawn-pending/alice")).status, 500);
  assert.equal((await alice.open("/hub/user/alice/lab")).status, 303);
});

test("118, 119: error pages are for everybody, the admins' page for admins", async (t) => {
  const house = await openHouse(t);
  for (const code of ["503", "404", "418", "99", "x"]) {
    const answer = await house.send("GET", `/hub/error/${code}?url=%2Fx`);
    assert.equal(answer.status, 200);
    assert.match(String(answer.headers["content-type"]), /^text\/html/);
  }
  const statusOf = async (name: string) => (await (await house.browserOf(name)).open("/hub/admin")).status;
  assert.deepEqual([await statusOf("alice"), await statusOf("admin")], [403, 200]);
});
