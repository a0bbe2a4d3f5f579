/** The REST API of the contract (7.2), case by case, over both programs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask } from "./test-support/client.ts";
import { PROGRAMS, type ProxyProcess, startProgram, TOKEN } from "./test-support/proxies.ts";

/** Routes of these tests are looked at, never followed. */
const TARGET = "http://127.0.0.1:1";

for (const program of PROGRAMS) {
  describe(program, () => {
    let proxy: ProxyProcess;

    before(async () => {
      proxy = await startProgram(program, [`--default-target=${TARGET}`]);
    });

    after(() => proxy.close());

    test("the API keeps decoded keys and extra keys, and stamps the activity", async () => {
      const before = Date.now();
      const data = { target: TARGET, user: "a@b", server_name: "", extra: { deep: [1] }, jupyterhub: true };
      const posted = await proxy.api("/user/a%40b%20c/", { method: "POST", body: JSON.stringify(data) });
      assert.equal(posted.status, 201);
      assert.equal(posted.body, "");
      const shown = await proxy.api("/user/a@b%20c");
      assert.equal(shown.status, 200);
      const { last_activity, ...rest } = JSON.parse(shown.body);
      assert.deepEqual(rest, data);
      assert.match(last_activity, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Date.parse(last_activity) >= before - 1);
      assert.ok("/user/a@b c" in JSON.parse((await proxy.api("/")).body));
    });

    test("posting a route replaces the whole record", async () => {
      await proxy.route("/replaced", { target: TARGET, old: 1 });
      await proxy.route("/replaced", { target: TARGET, new: 2 });
      const { last_activity: _, ...rest } = JSON.parse((await proxy.api("/replaced")).body);
      assert.deepEqual(rest, { target: TARGET, new: 2 });
    });

    test("a route is deleted once; the second time there is nothing", async () => {
      await proxy.route("/gone", { target: TARGET });
      const first = await proxy.api("/gone", { method: "DELETE" });
      assert.equal(first.status, 204);
      assert.equal(first.body, "");
      assert.equal((await proxy.api("/gone", { method: "DELETE" })).status, 404);
      assert.equal((await proxy.api("/gone")).status, 404);
    });

    test("the API refuses a missing or wrong token with 403, and the word Bearer", async () => {
      for (const authorization of ["", "token wrong", `Bearer ${TOKEN}`, TOKEN]) {
        const reply = await proxy.api("/x", { headers: { authorization } });
        assert.equal(reply.status, 403, authorization);
        assert.equal(reply.body, "");
      }
      const post = { method: "POST", headers: { authorization: "token wrong" } };
      assert.equal((await proxy.api("/x", { ...post, body: '{"target":"http://127.0.0.1:1"}' })).status, 403);
      assert.equal((await proxy.api("/x", { ...post, body: "no json" })).status, 400);
    });

    test("the API answers 400 to a bad body, 405 to a bad method, 404 elsewhere", async () => {
      assert.equal((await proxy.api("/x", { method: "POST", body: "{" })).status, 400);
      const noTarget = await proxy.api("/x", { method: "POST", body: '{"target":5}' });
      assert.equal(noTarget.status, 400);
      assert.equal(noTarget.body, "Must specify 'target' as string");
      assert.equal((await proxy.api("/x", { method: "PUT", body: "{}" })).status, 405);
      assert.equal((await ask(proxy.apiPort, "/api/other")).status, 404);
      assert.equal((await ask(proxy.apiPort, "/api/routesx")).status, 404);
    });

    test("inactiveSince filters by activity, and must be a date", async () => {
      await proxy.route("/idle", { target: TARGET });
      const future = new Date(Date.now() + 60_000).toISOString();
      const past = new Date(Date.now() - 60_000).toISOString();
      assert.ok("/idle" in JSON.parse((await proxy.api(`?inactiveSince=${future}`)).body));
      assert.ok("/idle" in JSON.parse((await proxy.api(`/?inactive_since=${future}`)).body));
      assert.ok(!("/idle" in JSON.parse((await proxy.api(`?inactiveSince=${past}`)).body)));
      assert.equal((await proxy.api("?inactiveSince=nonsense")).status, 400);
    });
  });
}
