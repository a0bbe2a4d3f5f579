import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../test/support/sign-in.ts";

forEachDatabase("failed sign-ins", (open) => {
  test("are held off after the fifth, twice as long each time, and at most 15 minutes", async (t) => {
    const { signIn, member, fail, clock } = await signInHub(t, open);
    await member("alice");
    const attempt = { name: "alice", address: HOME };
    assert.deepEqual(await fail(7, attempt), { refused: 5, held: 2 });
    for (const seconds of [10, 20, 40, 80, 160, 320, 640, 900, 900]) {
      const held = await rejection(signIn.withPassword({ ...attempt, password: GOOD }));
      assert.equal(held.code, "too-many-attempts");
      assert.equal(held.status, 429);
      assert.equal(held.facts?.retryAfter, seconds);
      assert.match(held.message, seconds < 120 ? new RegExp(`Wait ${seconds} seconds`) : /Wait \d+ minutes/);
      clock.pass(seconds * 1000 - 1);
      assert.deepEqual(await fail(1, attempt), { refused: 0, held: 1 });
      clock.pass(1);
      assert.deepEqual(await fail(2, attempt), { refused: 1, held: 1 });
    }
    clock.pass(900_000);
    assert.equal((await entered(signIn.withPassword({ ...attempt, password: GOOD }))).name, "alice");
    assert.deepEqual(await fail(5, attempt), { refused: 5, held: 0 });
  });

  test("are forgiven by a success before the hold, and forgotten after a day", async (t) => {
    const { signIn, member, fail, clock } = await signInHub(t, open);
    await member("alice");
    const attempt = { name: "alice", address: HOME };
    for (let i = 0; i < 3; i += 1) {
      assert.deepEqual(await fail(4, attempt), { refused: 4, held: 0 });
      await signIn.withPassword({ ...attempt, password: GOOD });
    }
    assert.deepEqual(await fail(5, attempt), { refused: 5, held: 0 });
    clock.pass(25 * 3_600_000);
    assert.deepEqual(await fail(5, attempt), { refused: 5, held: 0 });
  });

  test("are remembered over a restart", async (t) => {
    const { restarted, member, fail } = await signInHub(t, open);
    await member("alice");
    await fail(5, { name: "alice", address: HOME });
    const held = await rejection(restarted().withPassword({ name: "alice", password: GOOD, address: HOME }));
    assert.equal(held.code, "too-many-attempts");
  });

  test("do not fill the table forever", async (t) => {
    const { fail, clock, store } = await signInHub(t, open);
    for (let i = 0; i < 20; i += 1) await fail(1, { name: `guess${i}`, address: `198.51.100.${i}` });
    await fail(1, { name: "x".repeat(10_000), address: "198.51.100.1" });
    clock.pass(48 * 3_600_000);
    await fail(1, { name: "last", address: HOME });
    const rows = await store.db.selectFrom("attempts").select("key").orderBy("key").execute();
    assert.deepEqual(
      rows.map((row) => row.key),
      [`address:${HOME}`, `pair:last|${HOME}`, "user:last"],
    );
  });

  test("settings are read at each use", async (t) => {
    const { clock, people, signIn, configureOnly } = await signInHub(t, open, {
      yaml: "signIn: {minimumPasswordLength: 20, claimHours: 1}",
    });
    await people.add(["alice"]);
    await assert.rejects(signIn.setPassword("alice", "nineteen characters"), /Use at least 20/);
    configureOnly("signIn: {minimumPasswordLength: 19, claimHours: 2}");
    await signIn.setPassword("alice", "nineteen characters");
    assert.equal(Date.parse((await signIn.issueClaim("alice")).expiresAt), clock.now() + 7_200_000);
  });
});
