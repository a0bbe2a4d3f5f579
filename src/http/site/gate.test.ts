/** The gate of servers that know nothing of JupyterHub: through the real proxy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "../test-support/browser.ts";
import { openHouse } from "../test-support/house.ts";

test("the gate gives its owner a pass for the default server and for named ones, and the way back", async (t) => {
  const house = await openHouse(t, { proxy: true, config: { server: { protocol: "http" } } });
  const alice = await house.browserOf("alice");
  for (const server of ["server", "servers/work2"]) {
    const prefix = server === "server" ? "/user/alice/" : "/user/alice/work2/";
    assert.equal((await alice.call("POST", `/hub/api/users/alice/${server}`)).status, 201);
    const headers = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html" };
    const refused = await exchange(house.proxy, "GET", `${prefix}lab?x=1`, { headers });
    assert.deepEqual(
      [refused.status, refused.location],
      [302, `/hub/gate?next=${encodeURIComponent(`${prefix}lab?x=1`)}`],
    );
    const gate = await alice.open(refused.location);
    assert.deepEqual([gate.status, gate.location], [302, `${prefix}lab?x=1`]);
    const pass = gate.setCookies.find((line) => line.startsWith("hublet-gate=")) ?? "";
    assert.match(pass, new RegExp(`; Path=${prefix}; .*HttpOnly`));
    const cookie = pass.split(";", 1)[0] ?? "";
    assert.equal(
      (await exchange(house.proxy, "GET", `${prefix}lab?x=1`, { headers: { ...headers, cookie } })).status,
      200,
    );
    alice.cookies.delete("hublet-gate");

    const renewed = await house.send("POST", "/hub/gate/renew", { direct: true, headers: { cookie } });
    assert.match(renewed.json().cookie, /^hublet-gate=/);
    assert.equal((await house.send("POST", "/hub/gate/renew", { door: "servers", headers: { cookie } })).status, 404);
    for (const wrong of ["hublet-gate=x", `${cookie}x`, ""])
      assert.equal((await house.send("POST", "/hub/gate/renew", { headers: { cookie: wrong } })).status, 403);
  }
});

test("the gate sends strangers to sign in, gives no pass to others, and none for what it does not know", async (t) => {
  const house = await openHouse(t, { proxy: true, config: { server: { protocol: "http" } } });
  const alice = await house.browserOf("alice");
  assert.equal((await alice.open("/hub/gate?next=%2Fuser%2Falice%2Flab")).location, "/hub/user/alice/lab");
  await alice.call("POST", "/hub/api/users/alice/server");
  const gate = "/hub/gate?next=%2Fuser%2Falice%2F";
  assert.match((await (await house.browserOf("")).open(gate)).location, /^\/hub\/login\?next=/);
  assert.match((await house.send("GET", gate, { headers: await house.tokenOf("alice") })).location, /^\/hub\/login/);
  const bob = await house.browserOf("bob");
  for (const next of [
    "/user/alice/",
    "/user/bob%2F..%2Falice/",
    "/user/bob/../alice/",
    "/user/bob/%2e%2e/alice/",
    "/hub/home",
    "//evil.example/user/bob/",
    "https://evil.example/user/bob/",
    "/user/%ff/",
  ]) {
    const answer = await bob.open(`/hub/gate?next=${encodeURIComponent(next)}`);
    assert.equal(answer.status, 404, next);
    assert.deepEqual(
      answer.setCookies.filter((line) => line.startsWith("hublet-gate")),
      [],
    );
  }
  assert.equal((await bob.open("/hub/gate")).status, 404);
});

test("a pass ends with the session: it is not renewed after signing out", async (t) => {
  const house = await openHouse(t, { proxy: true, config: { server: { protocol: "http" } } });
  const alice = await house.browserOf("alice");
  await alice.call("POST", "/hub/api/users/alice/server");
  await alice.open("/hub/gate?next=%2Fuser%2Falice%2F");
  const headers = { cookie: `hublet-gate=${alice.cookies.get("hublet-gate")}` };
  await alice.open("/hub/logout");
  assert.equal((await house.send("POST", "/hub/gate/renew", { direct: true, headers })).status, 403);
});
