import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { DEFAULT_SERVER, isoTime, Secret } from "../kernel/index.ts";
import { changeUser, findUserById } from "../store/index.ts";
import { kitFor } from "./access.fixture.ts";
import { holds, scopeList, tokenOfHeader } from "./index.ts";

forEachDatabase("tokens", (open) => {
  test("a token is shown once and then only as a model", async (t) => {
    const { access, alice, clock } = await kitFor(t, open);
    const { token, secret } = await access.tokens.create({ owner: alice, note: "laptop" });
    assert.match(secret.reveal(), /^[0-9a-f]{32}$/);
    assert.deepEqual(token, {
      user: "alice",
      id: token.id,
      kind: "api_token",
      roles: [],
      scopes: scopeList(await access.scopesOf(alice)),
      created: isoTime(clock.now()),
      last_activity: null,
      expires_at: null,
      note: "laptop",
      session_id: null,
      oauth_client: "JupyterHub",
    });
    assert.match(token.id, /^a\d+$/);
    assert.deepEqual(await access.tokens.list(alice), [token]);
    assert.deepEqual(await access.tokens.get(alice, token.id), token);
  });

  test("the database holds the hash and never the token", async (t) => {
    const { access, store, alice } = await kitFor(t, open);
    const { secret } = await access.tokens.create({ owner: alice, note: "" });
    assert.ok(!JSON.stringify(await store.db.selectFrom("tokens").selectAll().execute()).includes(secret.reveal()));
    assert.equal(`${secret} ${JSON.stringify({ secret })}`.includes(secret.reveal()), false);
  });

  test("a token resolves to its owner with what the owner may do", async (t) => {
    const { access, alice } = await kitFor(t, open);
    const { token, secret } = await access.tokens.create({ owner: alice, note: "" });
    const identity = await access.tokens.resolve(secret.reveal());
    assert.deepEqual(identity?.user, alice);
    assert.deepEqual(
      [identity?.via, `a${identity?.tokenId}`, identity?.clientId, identity?.sessionId, identity?.isServerToken],
      ["token", token.id, "jupyterhub", null, false],
    );
    assert.equal(identity?.scopes.size, 15);
  });

  test("unknown, revoked and expired tokens are nobody's", async (t) => {
    const { access, alice, clock } = await kitFor(t, open);
    const { token, secret } = await access.tokens.create({ owner: alice, note: "" });
    const short = await access.tokens.create({ owner: alice, note: "", expiresInSeconds: 1 });
    assert.equal(await access.tokens.resolve("f".repeat(32)), undefined);
    assert.equal(await access.tokens.revoke(alice, token.id), true);
    assert.equal(await access.tokens.revoke(alice, token.id), false);
    assert.equal(await access.tokens.resolve(secret.reveal()), undefined);
    assert.notEqual(await access.tokens.resolve(short.secret.reveal()), undefined);
    clock.pass(1000);
    assert.equal(await access.tokens.resolve(short.secret.reveal()), undefined);
    assert.deepEqual(await access.tokens.list(alice), []);
    assert.equal(await access.tokens.purgeExpired(), 1);
  });

  test("malformed ids and other people's tokens are not found", async (t) => {
    const { access, alice, bob } = await kitFor(t, open);
    const { token } = await access.tokens.create({ owner: alice, note: "" });
    for (const id of ["zzz", "a", "a0", "a-1", "a1e3", token.id.slice(1), "a99999999999999999999", " a1"]) {
      assert.equal(await access.tokens.get(alice, id), undefined);
      assert.equal(await access.tokens.revoke(alice, id), false);
    }
    assert.equal(await access.tokens.get(bob, token.id), undefined);
    assert.equal(await access.tokens.revoke(bob, token.id), false);
    assert.notEqual(await access.tokens.get(alice, token.id), undefined);
  });

  test("unknown scopes, scopes beyond the owner's and wrong lifetimes are refused", async (t) => {
    const { access, alice } = await kitFor(t, open, { maximumTokenSeconds: 100 });
    const wrong = [
      { scopes: ["nosuch"] },
      { scopes: ["admin:users"] },
      { scopes: ["read:users!user=bob"] },
      { scopes: ["read:users"] },
      { expiresInSeconds: 0 },
      { expiresInSeconds: -5 },
      { expiresInSeconds: 1.5 },
      { expiresInSeconds: Number.NaN },
      { expiresInSeconds: 101 },
    ];
    for (const request of wrong) {
      await assert.rejects(access.tokens.create({ owner: alice, note: "", ...request }), { code: "bad-request" });
    }
    assert.deepEqual(await access.tokens.list(alice), []);
  });

  test("with a limit on lifetimes, a token that names none gets the limit", async (t) => {
    const { access, alice, clock } = await kitFor(t, open, { maximumTokenSeconds: 100 });
    const { token } = await access.tokens.create({ owner: alice, note: "" });
    assert.equal(token.expires_at, isoTime(clock.now() + 100_000));
  });

  test("an inherit token follows its owner at once; an explicit one is cut to what the owner holds", async (t) => {
    const { access, store, admin } = await kitFor(t, open);
    const inherit = await access.tokens.create({ owner: admin, note: "" });
    const explicit = await access.tokens.create({ owner: admin, note: "", scopes: ["list:users", "tokens!user"] });
    await changeUser(store.db, admin.id, { admin: 0 });
    assert.equal((await access.tokens.resolve(inherit.secret.reveal()))?.scopes.has("list:users"), false);
    const left = await access.tokens.resolve(explicit.secret.reveal());
    assert.deepEqual(left === undefined ? [] : scopeList(left.scopes), [
      "read:tokens!user=admin",
      "read:users:groups!user=admin",
      "read:users:name!user=admin",
      "tokens!user=admin",
    ]);
    await changeUser(store.db, admin.id, { admin: 1 });
    assert.equal((await access.tokens.resolve(inherit.secret.reveal()))?.scopes.get("list:users"), "all");
  });

  test("an admin's token on one group or person reaches only those", async (t) => {
    const members = new Map([["alice", ["g1"]]]);
    const { access, admin } = await kitFor(t, open, { groupsOf: (user) => members.get(user) ?? [] });
    const { secret } = await access.tokens.create({
      owner: admin,
      note: "",
      scopes: ["read:users!group=g1", "access:servers!user=alice"],
    });
    const identity = await access.tokens.resolve(secret.reveal());
    assert.ok(identity);
    assert.equal(holds(identity, "read:users", { user: "alice" }), "yes");
    assert.equal(holds(identity, "read:users", { user: "bob" }), "filtered");
    members.delete("alice");
    assert.equal(holds(identity, "read:users", { user: "alice" }), "filtered");
  });

  describe("activity", () => {
    test("a request moves token and person, written when the hub closes", async (t) => {
      const { access, store, alice, clock } = await kitFor(t, open);
      const { token, secret } = await access.tokens.create({ owner: alice, note: "" });
      clock.pass(5000);
      const at = isoTime(clock.now());
      await access.tokens.resolve(secret.reveal());
      assert.equal((await access.tokens.get(alice, token.id))?.last_activity, null, "not on the way of the request");
      await access.close();
      assert.equal((await access.tokens.get(alice, token.id))?.last_activity, at);
      assert.equal((await findUserById(store.db, alice.id))?.last_activity, at);
    });

    test("a running hub writes it after a second", async (t) => {
      const { access, alice, clock } = await kitFor(t, open);
      const { token, secret } = await access.tokens.create({ owner: alice, note: "" });
      await access.tokens.resolve(secret.reveal());
      await new Promise(setImmediate);
      clock.pass(1000);
      const signal = AbortSignal.timeout(10_000);
      while ((await access.tokens.get(alice, token.id))?.last_activity === null) signal.throwIfAborted();
    });

    test("requests within half a minute are not written again", async (t) => {
      const kit = await kitFor(t, open);
      const { token, secret } = await kit.access.tokens.create({ owner: kit.alice, note: "" });
      const lastOf = async () => (await kit.access.tokens.get(kit.alice, token.id))?.last_activity;
      const use = async () => {
        const hub = kit.reopen();
        await hub.tokens.resolve(secret.reveal());
        await hub.close();
        return lastOf();
      };
      const first = await use();
      kit.clock.pass(29_000);
      assert.equal(await use(), first);
      kit.clock.pass(1000);
      assert.equal(await use(), isoTime(kit.clock.now()));
    });

    test("a server's own token and uncounted requests leave the person alone", async (t) => {
      const { access, store, alice, serverToken } = await kitFor(t, open);
      const server = await serverToken(alice);
      const { secret } = await access.tokens.create({ owner: alice, note: "" });
      await access.tokens.resolve(server.secret.reveal());
      await access.tokens.resolve(secret.reveal(), { countsAsActivity: false });
      await access.close();
      assert.equal((await findUserById(store.db, alice.id))?.last_activity, null);
      assert.ok((await access.tokens.list(alice)).every((token) => token.last_activity !== null));
    });

    test("a database that fails is reported and nothing else", async (t) => {
      const errors: unknown[] = [];
      const { access, store, alice } = await kitFor(t, open, { onError: (error) => errors.push(error) });
      const { secret } = await access.tokens.create({ owner: alice, note: "" });
      await access.tokens.resolve(secret.reveal());
      await store.db.schema.alterTable("tokens").renameColumn("last_activity", "gone").execute();
      await access.close();
      assert.equal(errors.length, 1);
    });
  });

  describe("attacks", () => {
    test("attack: a narrow token asks for a stronger one", async (t) => {
      const { access, alice } = await kitFor(t, open);
      const narrow = await access.tokens.create({ owner: alice, note: "", scopes: ["tokens!user"] });
      const identity = await access.tokens.resolve(narrow.secret.reveal());
      assert.ok(identity);
      const ask = { owner: alice, note: "", creatorScopes: identity.scopes };
      for (const scopes of [["inherit"], ["self"], ["servers!user"], ["access:servers!user=alice"]]) {
        await assert.rejects(access.tokens.create({ ...ask, scopes }), { code: "bad-request" });
      }
      const child = await access.tokens.create(ask);
      assert.deepEqual(child.token.scopes, narrow.token.scopes);
      assert.deepEqual(
        (await access.tokens.create({ ...ask, scopes: ["read:tokens!user"] })).token.scopes[0],
        "read:tokens!user=alice",
      );
    });

    test("an admin makes an inherit token for somebody: bounded by the owner's scopes", async (t) => {
      const { access, admin, alice } = await kitFor(t, open);
      const { secret } = await access.tokens.create({
        owner: alice,
        note: "",
        creatorScopes: await access.scopesOf(admin),
      });
      const identity = await access.tokens.resolve(secret.reveal());
      assert.deepEqual(
        identity === undefined ? [] : scopeList(identity.scopes),
        scopeList(await access.scopesOf(alice)),
      );
    });

    test("attack: a token that someone picks to look like a server's cannot hide behind that note", async (t) => {
      const { access, alice } = await kitFor(t, open);
      const { secret } = await access.tokens.create({ owner: alice, note: "Server at /user/bob/" });
      const identity = await access.tokens.resolve(secret.reveal());
      assert.deepEqual(identity?.user, alice);
      assert.equal(
        identity === undefined || access.mayAccessServer(identity, "bob" as typeof alice.name, DEFAULT_SERVER),
        false,
      );
    });

    test("attack: the hash of a stolen database is not a token", async (t) => {
      const { access, store, alice } = await kitFor(t, open);
      await access.tokens.create({ owner: alice, note: "" });
      const { hash } = await store.db.selectFrom("tokens").select("hash").executeTakeFirstOrThrow();
      assert.equal(await access.tokens.resolve(hash), undefined);
    });

    test("attack: a token of a removed person does not pass to whoever gets the number", async (t) => {
      const { access, store, alice } = await kitFor(t, open);
      const { secret } = await access.tokens.create({ owner: alice, note: "" });
      await store.db.deleteFrom("users").where("id", "=", alice.id).execute();
      assert.equal(await access.tokens.resolve(secret.reveal()), undefined);
    });
  });
});

test("the Authorization header has two schemes in any case", () => {
  for (const header of ["token abc", "Bearer abc", "bearer  abc", "TOKEN abc "])
    assert.equal(tokenOfHeader(header), "abc");
  for (const header of [undefined, "", "abc", "Basic abc", "token", "token ", "Bearer a b", "xtoken abc"]) {
    assert.equal(tokenOfHeader(header), undefined);
  }
  assert.equal(String(new Secret("x")), "[redacted]");
});
