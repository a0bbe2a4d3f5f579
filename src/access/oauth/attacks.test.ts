import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { DEFAULT_SERVER } from "../../kernel/index.ts";
import { changeUser } from "../../store/index.ts";
import { CHALLENGE } from "../access.fixture.ts";
import { codeOf, errorOf, offered, pageOf, refused, setUp, target } from "./oauth.fixture.ts";

forEachDatabase("attacks on OAuth", (open) => {
  test("attack: token replay: a code is used once, and trying it again harms nobody", async (t) => {
    const { access, code, form } = await setUp(t, open);
    const good = await code();
    const { body } = await access.oauth.token(form(good));
    assert.deepEqual(refused(await access.oauth.token(form(good))), [400, "invalid_grant"]);
    assert.notEqual(await access.tokens.resolve(String(body.access_token)), undefined);
  });

  test("attack: code replay race: of many exchanges at once, through several hubs, one wins", async (t) => {
    const { access, code, form, reopen, alice } = await setUp(t, open);
    const good = await code();
    const hubs = [access, reopen(), reopen()];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (hubs[i % 3] ?? access).oauth.token(form(good))),
    );
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    assert.equal(answers.filter((answer) => answer.body.error === "invalid_grant").length, 11);
    assert.equal((await access.tokens.list(alice)).length, 1);
  });

  test("attack: signing out during an exchange leaves no token behind", async (t) => {
    const { access, code, form, alice, signIn, query } = await setUp(t, open);
    for (let round = 0; round < 5; round++) {
      const { identity, sessionHash } = await signIn(alice);
      const good = codeOf(await access.oauth.authorize(query(), identity));
      await Promise.all([
        access.oauth.token(form(good)),
        access.sessions.end(sessionHash),
        access.oauth.token(form(good)),
      ]);
      assert.deepEqual(await access.tokens.list(alice), []);
      assert.deepEqual(refused(await access.oauth.token(form(good))), [400, "invalid_grant"]);
    }
    assert.notEqual(await code(), "");
  });

  test("attack: redirect URI confusion: nothing but the very same string will do", async (t) => {
    const { access, query, asAlice, server } = await setUp(t, open);
    const uri = server.redirectUri;
    for (const other of [
      `${uri}/`,
      `${uri}?x`,
      `${uri}#x`,
      `${uri}/../../bob/oauth_callback`,
      `/${uri}`,
      `//evil${uri}`,
      `https://evil${uri}`,
      `http://hub${uri}`,
      uri.toUpperCase(),
      uri.replace("alice", "%61lice"),
      ` ${uri}`,
      `${uri}\n`,
      "",
      "/",
      "\\\\evil",
      `.${uri}`,
    ]) {
      assert.equal(pageOf(await access.oauth.authorize(query({ redirect_uri: other }), asAlice)), 400, other);
    }
    assert.equal(pageOf(await access.oauth.authorize(query({ redirect_uri: [uri, "https://evil/"] }), asAlice)), 400);
    assert.equal(pageOf(await access.oauth.authorize(query({ client_id: ["x", server.clientId] }), asAlice)), 400);
  });

  test("attack: a state cannot add parameters or headers to the redirect", async (t) => {
    const { access, query, asAlice } = await setUp(t, open);
    const state = "x&code=stolen\r\nSet-Cookie: a=b#";
    const outcome = await access.oauth.authorize(query({ state }), asAlice);
    assert.equal(target(outcome).searchParams.get("state"), state);
    assert.equal(target(outcome).searchParams.getAll("code").length, 1);
    assert.ok(outcome.kind === "redirect" && /^[\x21-\x7e]+$/.test(outcome.to));
  });

  test("attack: PKCE downgrade: a code that was asked for with a challenge needs its verifier", async (t) => {
    const { access, code, form } = await setUp(t, open);
    const good = await code();
    assert.deepEqual(refused(await access.oauth.token(form(good, { code_verifier: undefined }))), [
      400,
      "invalid_request",
    ]);
    assert.deepEqual(refused(await access.oauth.token(form(good, { code_verifier: CHALLENGE }))), [
      400,
      "invalid_grant",
    ]);
  });

  test("attack: PKCE downgrade: a challenge cut out on the way is noticed when the client proves itself", async (t) => {
    const { access, code, form, query, asAlice } = await setUp(t, open);
    const cut = await code({ code_challenge: undefined, code_challenge_method: undefined });
    assert.deepEqual(refused(await access.oauth.token(form(cut))), [400, "invalid_grant"]);
    const half = await access.oauth.authorize(query({ code_challenge: undefined }), asAlice);
    assert.deepEqual(errorOf(half), ["invalid_request", "s t&te"]);
  });

  test("attack: scope escalation through the confirm form gives nothing", async (t) => {
    const { access, query, asAdmin, asAlice, store } = await setUp(t, open, {}, ["read:hub"]);
    const before = offered(await access.oauth.authorize(query(), asAdmin));
    for (const extra of [
      "admin:users",
      "inherit",
      "self",
      "access:servers",
      "access:servers!server=bob/",
      "read:users:name",
      "nosuch",
      "",
    ]) {
      assert.equal(pageOf(await access.oauth.grant(query(), [...before, extra], asAdmin)), 400, extra);
    }
    assert.equal(
      pageOf(await access.oauth.grant(query(), ["read:hub"], asAlice)),
      400,
      "a person gives only what is theirs",
    );
    assert.equal((await store.db.selectFrom("oauth_codes").selectAll().execute()).length, 0);
  });

  test("attack: a token cannot turn itself into a code for more", async (t) => {
    const { access, query, admin } = await setUp(t, open);
    const { secret } = await access.tokens.create({ owner: admin, note: "", scopes: ["access:servers"] });
    const identity = await access.tokens.resolve(secret.reveal());
    assert.ok(identity);
    assert.equal(pageOf(await access.oauth.authorize(query(), identity)), 403);
    assert.equal(pageOf(await access.oauth.grant(query(), [], identity)), 403);
  });

  test("attack: code injection: a server cannot redeem the code of another one", async (t) => {
    const { access, code, form, bob, startServer } = await setUp(t, open);
    const other = await startServer(bob);
    const stolen = await code();
    const mine = { client_id: other.clientId, client_secret: other.secret.reveal() };
    assert.deepEqual(refused(await access.oauth.token(form(stolen, mine))), [400, "invalid_grant"]);
    assert.deepEqual(refused(await access.oauth.token(form(stolen, { client_secret: other.secret.reveal() }))), [
      401,
      "invalid_client",
    ]);
    assert.equal((await access.oauth.token(form(stolen))).status, 200);
  });

  test("attack: a visitor's token at one server opens no other", async (t) => {
    const { access, query, form, asAdmin, bob, alice } = await setUp(t, open);
    const question = await access.oauth.authorize(query(), asAdmin);
    const answer = await access.oauth.token(
      form(codeOf(await access.oauth.grant(query(), offered(question), asAdmin))),
    );
    const identity = await access.tokens.resolve(String(answer.body.access_token));
    assert.ok(identity);
    assert.equal(access.mayAccessServer(identity, alice.name, DEFAULT_SERVER), true);
    assert.equal(access.mayAccessServer(identity, alice.name, "x" as typeof DEFAULT_SERVER), false);
    assert.equal(access.mayAccessServer(identity, bob.name, DEFAULT_SERVER), false);
    assert.equal(identity.scopes.has("admin:users"), false);
  });

  test("attack: access that was taken away between code and visit is gone", async (t) => {
    const { access, store, query, form, asAdmin, admin, alice } = await setUp(t, open);
    const question = await access.oauth.authorize(query(), asAdmin);
    const code = codeOf(await access.oauth.grant(query(), offered(question), asAdmin));
    await changeUser(store.db, admin.id, { admin: 0 });
    const answer = await access.oauth.token(form(code));
    const identity = await access.tokens.resolve(String(answer.body.access_token));
    assert.ok(identity === undefined || !access.mayAccessServer(identity, alice.name, DEFAULT_SERVER));
  });

  test("attack: fields named after what every object has are only fields", async (t) => {
    const { access, form, query, asAlice } = await setUp(t, open);
    for (const id of ["__proto__", "constructor", "toString"]) {
      assert.equal(pageOf(await access.oauth.authorize(query({ client_id: id }), asAlice)), 400);
      assert.deepEqual(refused(await access.oauth.token(form("x", { client_id: id }))), [401, "invalid_client"]);
    }
    assert.deepEqual(refused(await access.oauth.token({})), [400, "invalid_request"]);
  });

  test("attack: a JSON body with other things than text is refused in OAuth's words", async (t) => {
    const { access, form } = await setUp(t, open);
    for (const value of [1, null, true, {}, [{}], [["x"]], { length: 1, 0: "x" }, [null]]) {
      const fields = (name: string) => Object.assign({ ...form("x") }, { [name]: value });
      assert.deepEqual(refused(await access.oauth.token(fields("client_secret"))), [401, "invalid_client"]);
      assert.equal((await access.oauth.token(fields("code"))).status, 400);
      assert.equal((await access.oauth.token(fields("code_verifier"))).status, 400);
    }
  });

  test("attack: a stolen database has no code, secret or token that works", async (t) => {
    const { access, store, code, form, server } = await setUp(t, open);
    const pending = await code();
    const { body } = await access.oauth.token(form(await code()));
    const dump = JSON.stringify([
      await store.db.selectFrom("oauth_codes").selectAll().execute(),
      await store.db.selectFrom("oauth_clients").selectAll().execute(),
      await store.db.selectFrom("tokens").selectAll().execute(),
    ]);
    for (const secret of [pending, server.secret.reveal(), String(body.access_token)])
      assert.ok(!dump.includes(secret));
    const { secret_hash } = await store.db.selectFrom("oauth_clients").selectAll().executeTakeFirstOrThrow();
    assert.deepEqual(refused(await access.oauth.token(form(pending, { client_secret: secret_hash }))), [
      401,
      "invalid_client",
    ]);
  });
});
