/** People who may not enter any more, by whichever change of the configuration. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse, PASSWORD } from "../test-support/house.ts";

test("a browser of somebody who was taken off the list is signed out, and told why when it signs in", async (t) => {
  const house = await openHouse(t, { config: { people: { names: ["dora"] } } });
  await house.signIn.setPassword("dora", PASSWORD);
  const dora = await house.browserOf("dora");
  const headers = await house.tokenOf("dora");
  assert.equal((await dora.open("/hub/home")).status, 200);
  await house.configure({});
  assert.equal((await dora.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await house.send("GET", "/hub/api/user", { headers })).status, 403);
  assert.match((await dora.open("/hub/home")).location, /^\/hub\/login\?next=/);
  await dora.open("/hub/login");
  const refused = await dora.submit("/hub/login", { username: "dora", password: PASSWORD });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /role="alert"/);
  const wrong = await dora.submit("/hub/login", { username: "dora", password: "wrong" });
  const reason = (text: string) => /role="alert">([^<]*)</.exec(text)?.[1];
  assert.notEqual(reason(refused.text), reason(wrong.text), "the reason is told only after the right password");
  // Named again, everything works as before.
  await house.configure({ people: { names: ["dora"] } });
  assert.equal((await dora.submit("/hub/login", { username: "dora", password: PASSWORD })).status, 302);
});

test("a suspended person: a page's calls are refused at once", async (t) => {
  const house = await openHouse(t, { config: { people: { names: ["dora"] } } });
  const dora = await house.browserOf("dora");
  await house.configure({});
  for (const path of ["/hub/api/hublet/home", "/hub/api/hublet/session", "/hub/api/users/dora"])
    assert.equal((await dora.call("GET", path)).status, 403, path);
});

test("an announcement is on every page, from one request to the next", async (t) => {
  const house = await openHouse(t);
  const text = "Maintenance on Friday <b>";
  assert.doesNotMatch((await house.send("GET", "/hub/login")).text, /page-banner/);
  await house.configure({ banner: { text, level: "warning" } });
  for (const path of ["/hub/login", "/hub/claim", "/hub/nosuch", "/hub/error/503"])
    assert.match(
      (await house.send("GET", path)).text,
      /page-banner is-warning"[^>]*>Maintenance on Friday &lt;b&gt;</,
      path,
    );
  const alice = await house.browserOf("alice");
  const session = (await alice.call("GET", "/hub/api/hublet/session")).json();
  assert.deepEqual(session.hub.banner, { text, level: "warning" });
});
