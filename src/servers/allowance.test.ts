/** How many servers one person may have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError, type ServerName, serverName } from "../kernel/index.ts";
import { ALICE, alice, CAROL, newHall } from "./test-support/hall.ts";
import { policyFrom, saidBy } from "./test-support/policy.ts";

const SOON = { withinMs: 30_000 };
const named = (name: string) => ({ user: ALICE, server: name === "" ? ("" as ServerName) : serverName(name) });

test("the default server always counts and always starts; one named server more than allowed is refused", async (t) => {
  const { servers } = await newHall(t, ({ config }) => ({
    policyOf: () =>
      policyFrom(config(), { maximumServers: saidBy("students", "maximumServers", 3, "hublet.yaml:9:5") }),
  }));
  await servers.create(named("one"));
  await servers.create(named("two"));
  await assert.rejects(servers.create(named("three")), (error) => {
    assert.ok(error instanceof HubError);
    assert.equal(error.code, "too-many-servers");
    assert.match(
      error.message,
      /alice may have 3 servers, the default one included\. Use one that is there, or remove/,
    );
    assert.equal(error.detail, "said by groups.students.maximumServers (hublet.yaml:9:5)");
    return true;
  });
  await assert.rejects(servers.start({ ...named("three"), by: "admin" }), { code: "too-many-servers" });
  assert.equal(await servers.get(named("three")), undefined, "nothing was made");
  await assert.rejects(servers.create(named("one")), { code: "conflict" }, "a name that is taken is said first");
  for (const key of [alice, named("one"), named("two")]) await servers.start({ ...key, by: ALICE });
  for (const key of [alice, named("one"), named("two")])
    assert.equal((await servers.settled(key, SOON)).server.state, "ready");
  await servers.remove({ ...named("one"), by: ALICE });
  await servers.create(named("three"));
  await servers.create({ ...named("one"), user: CAROL });
});

test("of two that are made at once the second is refused", async (t) => {
  const { servers } = await newHall(t, ({ config }) => ({
    policyOf: () => policyFrom(config(), { maximumServers: saidBy("students", "maximumServers", 2) }),
  }));
  const made = await Promise.allSettled(
    ["one", "two", "three"].map((name) => servers.start({ ...named(name), by: ALICE })),
  );
  assert.deepEqual(made.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
  for (const one of made)
    if (one.status === "fulfilled") await servers.settled({ user: ALICE, server: one.value.name }, SOON);
});

test("servers above a lowered limit run on and can be stopped, but no more of them than allowed are started", async (t) => {
  let most = 4;
  const { servers } = await newHall(t, ({ config }) => ({
    policyOf: () => policyFrom(config(), { maximumServers: saidBy("students", "maximumServers", most) }),
  }));
  for (const name of ["one", "two", "three"]) await servers.create(named(name));
  for (const name of ["one", "two"]) {
    await servers.start({ ...named(name), by: ALICE });
    await servers.settled(named(name), SOON);
  }
  most = 2;
  servers.policyChanged();
  assert.equal(await servers.running(), 2);
  await assert.rejects(servers.start({ ...named("three"), by: ALICE }), {
    code: "too-many-servers",
    message: /as many run\. Stop another one first/,
  });
  await servers.start({ ...alice, by: ALICE });
  for (const name of ["one", "two"]) {
    await servers.stop({ ...named(name), by: ALICE });
    assert.equal((await servers.settled(named(name), SOON)).server.state, "stopped");
  }
  await servers.start({ ...named("three"), by: ALICE });
  assert.equal((await servers.settled(named("three"), SOON)).server.state, "ready");
  most = 1;
  await servers.stop({ ...named("three"), by: ALICE });
  await servers.settled(named("three"), SOON);
  await assert.rejects(servers.start({ ...named("three"), by: ALICE }), { code: "too-many-servers" });
});
