import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

forEachDatabase("signing in with a password", (open) => {
  test("succeeds with the right one, and only argon2id in the database knows it", async (t) => {
    const { signIn, member, store } = await signInHub(t, open);
    const alice = await member("alice");
    assert.deepEqual(await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME })), alice);
    assert.equal(alice.hasPassword, true);
    const row = await store.db.selectFrom("users").selectAll().executeTakeFirstOrThrow();
    assert.match(row.password_hash ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test("a password set on the server ends sign-ins and an open claim, and keeps everything else", async (t) => {
    const { signIn, member, browser, store } = await signInHub(t, open);
    const alice = await member("alice");
    await browser(alice.id, "laptop");
    await store.db
      .insertInto("tokens")
      .values({
        user_id: alice.id,
        hash: "api",
        note: "",
        scopes: "[]",
        client_id: "jupyterhub",
        created: alice.created,
      })
      .execute();
    const { code } = await signIn.issueClaim("alice");
    const before = await store.db.selectFrom("users").select("cookie_id").executeTakeFirstOrThrow();
    await signIn.setPassword("ALICE", "another good one");
    const after = await store.db.selectFrom("users").select("cookie_id").executeTakeFirstOrThrow();
    assert.notEqual(after.cookie_id, before.cookie_id);
    assert.deepEqual(await store.db.selectFrom("sessions").selectAll().execute(), []);
    const tokens = await store.db.selectFrom("tokens").select("hash").execute();
    assert.deepEqual(
      tokens.map((token) => token.hash),
      ["api"],
    );
    assert.equal(await signIn.inspectClaim(code), undefined);
    assert.equal(
      (await rejection(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).code,
      "sign-in-refused",
    );
    assert.equal(
      (await entered(signIn.withPassword({ name: "alice", password: "another good one", address: HOME }))).id,
      alice.id,
    );
    await assert.rejects(signIn.setPassword("alice", "short"), { code: "password-too-weak" });
    await assert.rejects(signIn.setPassword("nobody", GOOD), { code: "not-found" });
    await assert.rejects(signIn.setPassword("a/b", GOOD), { code: "not-found" });
  });

  test("a changed password keeps the browser that changed it and ends the others", async (t) => {
    const { signIn, member, browser, store } = await signInHub(t, open);
    const alice = await member("alice");
    const bob = await member("bob");
    const mine = await browser(alice.id, "mine");
    await browser(alice.id, "stolen");
    await browser(bob.id, "bobs");
    const cookie = await store.db
      .selectFrom("users")
      .select("cookie_id")
      .where("name", "=", "alice")
      .executeTakeFirst();
    const change = { name: "alice", current: GOOD, next: "a new good one", address: HOME };
    await signIn.changePassword({ ...change, keepSessionHash: mine });
    const sessions = await store.db.selectFrom("sessions").select("hash").orderBy("hash").execute();
    assert.deepEqual(
      sessions.map((session) => session.hash),
      ["hash-bobs", "hash-mine"],
    );
    const tokens = await store.db.selectFrom("tokens").select("hash").orderBy("hash").execute();
    assert.deepEqual(
      tokens.map((token) => token.hash),
      ["oauth-bobs", "oauth-mine"],
    );
    assert.deepEqual(
      await store.db.selectFrom("users").select("cookie_id").where("name", "=", "alice").executeTakeFirst(),
      cookie,
    );
    await signIn.changePassword({ ...change, current: "a new good one", next: GOOD });
    assert.equal((await store.db.selectFrom("sessions").select("hash").execute()).length, 1);
  });

  test("a change needs the current password, counts as an attempt, and a good new one", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const change = { name: "alice", current: GOOD, next: "a new good one", address: HOME };
    assert.equal((await rejection(signIn.changePassword({ ...change, next: "short" }))).code, "password-too-weak");
    for (let i = 0; i < 5; i += 1) {
      const error = await rejection(signIn.changePassword({ ...change, current: "wrong" }));
      assert.equal(error.code, "sign-in-refused");
    }
    assert.equal((await rejection(signIn.changePassword(change))).code, "too-many-attempts");
  });

  test("of two changes at once one wins, and the other is told", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const nexts = ["the first new one", "the second new one"];
    const results = await Promise.allSettled(
      nexts.map((next) => signIn.changePassword({ name: "alice", current: GOOD, next, address: HOME })),
    );
    assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
    const winner = nexts[results.findIndex((result) => result.status === "fulfilled")] ?? "";
    assert.equal(
      (await entered(signIn.withPassword({ name: "alice", password: winner, address: HOME }))).name,
      "alice",
    );
  });
});
