import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { isoTime, Secret } from "../kernel/index.ts";
import { endSignIns, findUserById } from "../store/index.ts";
import { kitFor } from "./access.fixture.ts";
import { scopeList } from "./index.ts";

const DAY = 24 * 60 * 60 * 1000;

forEachDatabase("sessions", (open) => {
  test("a signed-in browser is its person until the days are over", async (t) => {
    const { access, alice, clock } = await kitFor(t, open);
    const started = await access.sessions.create({ userId: alice.id, userAgent: "Firefox", address: "::1", days: 14 });
    assert.equal(started.expiresAt, isoTime(clock.now() + 14 * DAY));
    const signedIn = await access.sessions.resolve(started.cookieValue);
    assert.deepEqual(signedIn?.identity.user, alice);
    assert.deepEqual(scopeList(signedIn?.identity.scopes ?? new Map()), scopeList(await access.scopesOf(alice)));
    assert.deepEqual([signedIn?.sessionHash, signedIn?.sessionId], [started.sessionHash, started.sessionId]);
    assert.deepEqual([signedIn?.identity.via, signedIn?.identity.tokenId], ["cookie", null]);
    clock.pass(14 * DAY - 1);
    assert.notEqual(await access.sessions.resolve(started.cookieValue), undefined);
    clock.pass(1);
    assert.equal(await access.sessions.resolve(started.cookieValue), undefined);
    assert.equal(await access.sessions.purgeExpired(), 1);
  });

  test("a restart of the hub signs nobody out; another key signs everybody out", async (t) => {
    const { alice, signIn, reopen } = await kitFor(t, open);
    const { cookieValue } = await signIn(alice);
    assert.notEqual(await reopen().sessions.resolve(cookieValue), undefined);
    assert.equal(await reopen({ key: new Secret("another") }).sessions.resolve(cookieValue), undefined);
  });

  test("a request with the cookie counts as the person's activity unless it says otherwise", async (t) => {
    const { access, store, alice, bob, signIn, reopen } = await kitFor(t, open);
    const { cookieValue } = await signIn(alice);
    const other = await access.sessions.create({ userId: bob.id, userAgent: "", address: "", days: 1 });
    await access.sessions.resolve(other.cookieValue, { countsAsActivity: false });
    await reopen().sessions.resolve(cookieValue);
    await access.close();
    assert.notEqual((await findUserById(store.db, alice.id))?.last_activity, null);
    assert.equal((await findUserById(store.db, bob.id))?.last_activity, null);
  });

  test("signing out ends this browser with the OAuth tokens given in it, and no other", async (t) => {
    const { access, alice, signIn } = await kitFor(t, open);
    const here = await signIn(alice);
    const there = await signIn(alice);
    const give = (sessionId: string) =>
      access.tokens.create({ owner: alice, note: "", clientId: "jupyterhub-user-x", sessionId });
    const mine = await give(here.sessionId);
    const others = await give(there.sessionId);
    const own = await access.tokens.create({ owner: alice, note: "mine" });
    await access.sessions.end(here.sessionHash);
    await access.sessions.end(here.sessionHash);
    assert.equal(await access.sessions.resolve(here.cookieValue), undefined);
    assert.equal(await access.tokens.resolve(mine.secret.reveal()), undefined);
    assert.notEqual(await access.sessions.resolve(there.cookieValue), undefined);
    assert.notEqual(await access.tokens.resolve(others.secret.reveal()), undefined);
    assert.notEqual(await access.tokens.resolve(own.secret.reveal()), undefined);
  });

  test("all sessions of a person end at once, but for the one that asks", async (t) => {
    const { access, alice, bob, signIn } = await kitFor(t, open);
    const [one, two, stranger] = [await signIn(alice), await signIn(alice), await signIn(bob)];
    await access.sessions.endAll(alice.id, { except: two.sessionHash });
    assert.equal(await access.sessions.resolve(one.cookieValue), undefined);
    assert.notEqual(await access.sessions.resolve(two.cookieValue), undefined);
    await access.sessions.endAll(alice.id);
    assert.equal(await access.sessions.resolve(two.cookieValue), undefined);
    assert.notEqual(await access.sessions.resolve(stranger.cookieValue), undefined);
    assert.notEqual(await access.sessions.resolve((await signIn(alice)).cookieValue), undefined);
  });

  test("someone who was removed cannot be signed in", async (t) => {
    const { access, alice, signIn, store } = await kitFor(t, open);
    const { cookieValue } = await signIn(alice);
    await store.db.deleteFrom("users").where("id", "=", alice.id).execute();
    assert.equal(await access.sessions.resolve(cookieValue), undefined);
    await assert.rejects(access.sessions.create({ userId: alice.id, userAgent: "", address: "", days: 1 }), {
      code: "sign-in-refused",
    });
  });

  describe("attacks", () => {
    test("attack: session fixation: every sign-in has new ids, none of which the browser chose", async (t) => {
      const { alice, signIn } = await kitFor(t, open);
      const [one, two] = [await signIn(alice), await signIn(alice)];
      for (const key of ["cookieValue", "sessionId", "sessionHash"] as const) assert.notEqual(one[key], two[key]);
      assert.match(one.sessionId, /^[0-9a-f]{32}$/);
    });

    test("attack: a tampered login cookie is nobody's, at every place and of every length", async (t) => {
      const { access, alice, bob, signIn } = await kitFor(t, open);
      const mine = (await signIn(bob)).cookieValue;
      const theirs = (await signIn(alice)).cookieValue;
      const [secret, cookieId, signature] = theirs.split(".");
      const forged = [
        "",
        ".",
        "..",
        "...",
        `${theirs}.`,
        `.${theirs}`,
        ` ${theirs}`,
        theirs.toUpperCase(),
        `${secret}.${cookieId}.${mine.split(".")[2]}`,
        `${mine.split(".")[0]}.${cookieId}.${signature}`,
        `${secret}.${mine.split(".")[1]}.${signature}`,
        `${secret}.${cookieId}.`,
        `${secret}.${cookieId}`,
        `${secret}`,
        ...Array.from(
          { length: theirs.length },
          (_, i) => `${theirs.slice(0, i)}${theirs[i] === "0" ? "1" : "0"}${theirs.slice(i + 1)}`,
        ),
        ...Array.from({ length: 20 }, (_, i) => theirs.slice(0, i * 5)),
      ];
      for (const value of forged.filter((one) => one !== theirs))
        assert.equal(await access.sessions.resolve(value), undefined, value);
    });

    test("attack: what is in a stolen database does not sign in", async (t) => {
      const { access, store, alice, signIn } = await kitFor(t, open);
      const { cookieValue } = await signIn(alice);
      const row = await store.db.selectFrom("sessions").selectAll().executeTakeFirstOrThrow();
      const [secret, cookieId, signature] = cookieValue.split(".");
      assert.ok(secret !== undefined && !JSON.stringify(row).includes(secret));
      for (const value of [
        row.hash,
        row.session_id,
        `${row.hash}.${cookieId}.${signature}`,
        `${row.session_id}.${cookieId}.${signature}`,
      ]) {
        assert.equal(await access.sessions.resolve(value), undefined);
      }
    });

    test("attack: a kept login cookie is worthless after the person's cookie id was replaced", async (t) => {
      const { access, store, alice, signIn } = await kitFor(t, open);
      const { cookieValue } = await signIn(alice);
      await store.db.updateTable("users").set({ cookie_id: "new" }).where("id", "=", alice.id).execute();
      assert.equal(await access.sessions.resolve(cookieValue), undefined);
    });

    test("attack: a login cookie kept through a password change of the sign-in room is worthless", async (t) => {
      const { access, store, alice, signIn } = await kitFor(t, open);
      const { cookieValue } = await signIn(alice);
      await endSignIns(store.db, alice.id);
      assert.equal(await access.sessions.resolve(cookieValue), undefined);
    });
  });
});
