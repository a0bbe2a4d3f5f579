import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

forEachDatabase("claim codes", (open) => {
  test("let a person set a first password, once", async (t) => {
    const { signIn, people, store, clock } = await signInHub(t, open);
    await people.add(["alice"]);
    const claim = await signIn.issueClaim("Alice");
    assert.equal(claim.name, "alice");
    assert.equal(Date.parse(claim.expiresAt), clock.now() + 72 * 3_600_000);
    assert.deepEqual(await signIn.inspectClaim(claim.code), { name: "alice" });
    const person = await entered(signIn.claim({ code: claim.code, password: GOOD, address: HOME }));
    assert.equal(person.hasPassword, true);
    assert.deepEqual(await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME })), person);
    assert.equal(await signIn.inspectClaim(claim.code), undefined);
    const again = await rejection(signIn.claim({ code: claim.code, password: "another good one", address: HOME }));
    assert.equal(again.code, "claim-invalid");
    assert.deepEqual(await store.db.selectFrom("claims").selectAll().execute(), []);
  });

  test("are random, and only their hashes are stored", async (t) => {
    const { signIn, people, store } = await signInHub(t, open);
    await people.add(["alice"]);
    const codes = new Set<string>();
    for (let i = 0; i < 20; i += 1) codes.add((await signIn.issueClaim("alice")).code);
    assert.equal(codes.size, 20);
    for (const code of codes) assert.match(code, /^([a-z0-9]{4}-){4}[a-z0-9]{4}$/);
    const rows = await store.db.selectFrom("claims").selectAll().execute();
    assert.equal(rows.length, 1);
    assert.match(rows[0]?.code_hash ?? "", /^[0-9a-f]{64}$/);
  });

  test("may be typed from paper", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    await people.add(["alice"]);
    const { code } = await signIn.issueClaim("alice");
    const typed = ` ${code.toUpperCase().replaceAll("-", " ")} `;
    assert.deepEqual(await signIn.inspectClaim(typed), { name: "alice" });
    assert.equal((await entered(signIn.claim({ code: typed, password: GOOD, address: HOME }))).name, "alice");
  });

  test("expire, and are replaced by newer ones", async (t) => {
    const { signIn, people, clock } = await signInHub(t, open);
    await people.add(["alice"]);
    const first = await signIn.issueClaim("alice");
    const second = await signIn.issueClaim("alice");
    assert.equal(await signIn.inspectClaim(first.code), undefined);
    assert.ok(await signIn.inspectClaim(second.code));
    clock.pass(72 * 3_600_000);
    assert.equal(await signIn.inspectClaim(second.code), undefined);
    assert.equal(
      (await rejection(signIn.claim({ code: second.code, password: GOOD, address: HOME }))).code,
      "claim-invalid",
    );
    await assert.rejects(signIn.issueClaim("nobody"), { code: "not-found" });
  });

  test("survive a password that is too weak", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    await people.add(["alice"]);
    const { code } = await signIn.issueClaim("alice");
    for (let i = 0; i < 50; i += 1) {
      const error = await rejection(signIn.claim({ code, password: i === 0 ? "alicealice" : "short", address: HOME }));
      assert.equal(error.code, "password-too-weak");
    }
    assert.equal((await entered(signIn.claim({ code, password: GOOD, address: HOME }))).name, "alice");
  });

  test("reset a forgotten password: the old one works until then, and all old sign-ins end", async (t) => {
    const { signIn, member, browser, store } = await signInHub(t, open);
    const alice = await member("alice");
    await browser(alice.id, "laptop");
    const before = await store.db.selectFrom("users").select("cookie_id").executeTakeFirstOrThrow();
    const { code } = await signIn.issueClaim("alice");
    await signIn.withPassword({ name: "alice", password: GOOD, address: HOME });
    await signIn.claim({ code, password: "a new good one", address: HOME });
    assert.equal(
      (await rejection(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).code,
      "sign-in-refused",
    );
    assert.deepEqual(await store.db.selectFrom("sessions").selectAll().execute(), []);
    assert.deepEqual(await store.db.selectFrom("tokens").selectAll().execute(), []);
    const after = await store.db.selectFrom("users").select("cookie_id").executeTakeFirstOrThrow();
    assert.notEqual(after.cookie_id, before.cookie_id);
  });

  test("lift the hold of a person who forgot the password", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    assert.deepEqual(await fail(6, { name: "alice", address: HOME }), { refused: 5, held: 1 });
    const { code } = await signIn.issueClaim("alice");
    await signIn.claim({ code, password: "a new good one", address: HOME });
    assert.equal(
      (await entered(signIn.withPassword({ name: "alice", password: "a new good one", address: HOME }))).name,
      "alice",
    );
  });
});

forEachDatabase("the first admin", (open) => {
  test("is added with a claim, and gets a fresh one at each start until the password is set", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    const first = await signIn.bootstrapAdmin("Root");
    assert.equal(first?.name, "root");
    assert.equal((await people.require("root")).admin, true);
    const second = await signIn.bootstrapAdmin("root");
    assert.ok(second !== undefined && second.code !== first?.code);
    await signIn.claim({ code: second.code, password: GOOD, address: HOME });
    assert.equal(await signIn.bootstrapAdmin("root"), undefined);
    assert.equal(await signIn.inspectClaim(second.code), undefined);
  });

  test("is promoted when the person is there already, and keeps the password", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    assert.equal(await signIn.bootstrapAdmin("alice"), undefined);
    assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).admin, true);
  });

  test("is not joined by a second one: another name is no second way in", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    await signIn.bootstrapAdmin("root");
    assert.equal((await signIn.bootstrapAdmin("mallory"))?.name, "root");
    await signIn.setPassword("root", GOOD);
    assert.equal(await signIn.bootstrapAdmin("mallory"), undefined);
    assert.equal(await people.count(), 1);
    await assert.rejects(signIn.bootstrapAdmin("a/b"), { code: "name-invalid" });
  });

  test("is one, though two hubs start at once", async (t) => {
    const { signIn, restarted, people } = await signInHub(t, open);
    await Promise.all([signIn.bootstrapAdmin("one"), restarted().bootstrapAdmin("two")]);
    assert.equal((await people.list({ state: "admin" })).total, 1);
  });

  test("gets a link when the only way in was a provider that the configuration names no more", async (t) => {
    const github = "signIn: {github: {clientId: id, clientSecret: {secret: app}}}";
    const hub = await signInHub(t, open, { yaml: github, secrets: { app: "x" } });
    const { signIn, people, identify, configure } = hub;
    await people.add(["boss"], { admin: true });
    await identify("boss");
    assert.equal(await signIn.bootstrapAdmin("root"), undefined);
    // Another GitHub knows nothing of this account.
    await configure(github.replace("clientId", "url: https://github.example.org, clientId"));
    assert.equal((await signIn.bootstrapAdmin("root"))?.name, "boss");
    await configure("");
    const claim = await signIn.bootstrapAdmin("root");
    assert.equal(claim?.name, "boss");
    assert.equal(await people.count(), 1);
    const boss = await entered(signIn.claim({ code: claim.code, password: GOOD, address: HOME }));
    assert.equal(boss.admin, true);
    assert.equal(await signIn.bootstrapAdmin("root"), undefined);
  });
});
