import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { insertUsers } from "../../store/index.ts";
import { named } from "../access.fixture.ts";
import { type Fields, scopeList } from "../index.ts";
import { codeOf, errorOf, offered, pageOf, setUp, target } from "./oauth.fixture.ts";

forEachDatabase("an OAuth visit", (open) => {
  test("the owner is sent back with a code and the state, without a question", async (t) => {
    const { access, query, asAlice } = await setUp(t, open);
    const outcome = await access.oauth.authorize(query(), asAlice);
    const url = target(outcome);
    assert.equal(url.pathname, "/user/alice/oauth_callback");
    assert.deepEqual([...url.searchParams.keys()], ["code", "state"]);
    assert.match(url.searchParams.get("code") ?? "", /^[A-Za-z0-9]{30}$/);
    assert.equal(url.searchParams.get("state"), "s t&te");
    assert.ok(outcome.kind === "redirect" && outcome.to.startsWith("/user/"), "relative as it was registered");
  });

  test("an admin is asked, and after the answer not again", async (t) => {
    const { access, query, form, asAdmin } = await setUp(t, open);
    const question = await access.oauth.authorize(query(), asAdmin);
    assert.deepEqual(question, {
      kind: "confirm",
      client: { id: "jupyterhub-user-alice", description: "Server at /user/alice/", user: "alice", server: "" },
      scopes: [
        { scope: "read:users:name!user", words: "See your name" },
        { scope: "read:users:groups!user", words: "See your groups" },
        { scope: "access:servers!server=alice/", words: "Open and use alice’s server" },
      ],
    });
    const code = codeOf(await access.oauth.grant(query(), offered(question), asAdmin));
    assert.equal((await access.oauth.token(form(code))).status, 200);
    assert.notEqual(codeOf(await access.oauth.authorize(query(), asAdmin)), "");
  });

  test("a code that was never redeemed gives nothing, so the question comes again", async (t) => {
    const { access, query, asAdmin } = await setUp(t, open);
    await access.oauth.grant(query(), offered(await access.oauth.authorize(query(), asAdmin)), asAdmin);
    assert.equal((await access.oauth.authorize(query(), asAdmin)).kind, "confirm");
  });

  test("no posted scopes give just the identity, and the way in", async (t) => {
    const { access, query, form, asAdmin } = await setUp(t, open, {}, ["read:hub"]);
    const answer = await access.oauth.token(form(codeOf(await access.oauth.grant(query(), [], asAdmin))));
    const identity = await access.tokens.resolve(String(answer.body.access_token));
    assert.deepEqual(scopeList(identity?.scopes ?? new Map()), [
      "access:servers!server=alice/",
      "read:users:groups!user=admin",
      "read:users:name!user=admin",
    ]);
  });

  test("an unknown client and a wrong redirect URI get a page, never a redirect", async (t) => {
    const { access, query, asAlice } = await setUp(t, open);
    for (const changes of [
      { client_id: "nosuch" },
      { client_id: undefined },
      { client_id: "jupyterhub" },
      { client_id: "" },
      { redirect_uri: undefined },
      { redirect_uri: "/user/bob/oauth_callback" },
    ]) {
      assert.equal(pageOf(await access.oauth.authorize(query(changes), asAlice)), 400);
      assert.equal(pageOf(await access.oauth.grant(query(changes), [], asAlice)), 400);
    }
  });

  test("other mistakes go back to the client with the state", async (t) => {
    const { access, query, asAlice } = await setUp(t, open);
    const cases: [Fields, string][] = [
      [{ response_type: undefined }, "invalid_request"],
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ response_type: ["code", "code"] }, "invalid_request"],
      [{ scope: "nosuch" }, "invalid_scope"],
      [{ scope: "servers!user" }, "invalid_scope"],
      [{ scope: "inherit" }, "invalid_scope"],
      [{ scope: "user" }, "invalid_scope"],
      [{ scope: "" }, "invalid_scope"],
      [{ scope: " " }, "invalid_scope"],
      [{ code_challenge_method: "S512" }, "invalid_request"],
      [{ code_challenge: "short" }, "invalid_request"],
      [{ code_challenge: "" }, "invalid_request"],
    ];
    for (const [changes, error] of cases) {
      assert.deepEqual(
        errorOf(await access.oauth.authorize(query(changes), asAlice)),
        [error, "s t&te"],
        JSON.stringify(changes),
      );
    }
    const without = target(await access.oauth.authorize(query({ state: undefined, scope: "nosuch" }), asAlice));
    assert.deepEqual([...without.searchParams.keys()], ["error", "error_description"]);
  });

  test("whoever may not open the server gets a page", async (t) => {
    const { access, query, asBob } = await setUp(t, open);
    assert.equal(pageOf(await access.oauth.authorize(query(), asBob)), 403);
    assert.equal(pageOf(await access.oauth.grant(query(), [], asBob)), 403);
  });

  test("scopes: absent means all that is allowed, roles and identify are accepted, and the person's own limit them", async (t) => {
    const { access, query, asAdmin, asAlice, form } = await setUp(t, open, {}, ["list:users", "servers!user", "self"]);
    const always = ["read:users:name!user", "read:users:groups!user", "access:servers!server=alice/"];
    assert.deepEqual(offered(await access.oauth.authorize(query(), asAdmin)), [
      ...always,
      "list:users",
      "servers!user",
      "self",
    ]);
    assert.deepEqual(offered(await access.oauth.authorize(query({ scope: "identify" }), asAdmin)), always);
    assert.deepEqual(offered(await access.oauth.authorize(query({ scope: "user" }), asAdmin)), [...always, "self"]);
    assert.deepEqual(
      offered(
        await access.oauth.authorize(query({ scope: "access:servers!server=alice/ start:servers!user" }), asAdmin),
      ),
      [...always, "start:servers!user"],
    );
    const answer = await access.oauth.token(
      form(codeOf(await access.oauth.authorize(query({ scope: "list:users servers!user" }), asAlice))),
    );
    // Alice may not list people: without a word only what that includes of her own is left.
    assert.equal(answer.body.scope, [...always, "read:users:name!user=alice", "servers!user"].join(" "));
  });

  test("a hub that requires PKCE refuses a request without a challenge", async (t) => {
    const { access, query, asAlice } = await setUp(t, open, { requirePkce: true });
    const bare = query({ code_challenge: undefined, code_challenge_method: undefined });
    assert.deepEqual(errorOf(await access.oauth.authorize(bare, asAlice)), ["invalid_request", "s t&te"]);
    assert.notEqual(codeOf(await access.oauth.authorize(query(), asAlice)), "");
  });

  test("a server of someone with a space and an @ in the name works all the way", async (t) => {
    const { access, store, startServer, signIn, query, form } = await setUp(t, open);
    const [row] = await insertUsers(store.db, [{ name: "carol@x y", admin: false, created: "", cookieId: "c" }]);
    const carol = { id: row?.id ?? 0, name: named("carol@x y"), admin: false };
    const server = await startServer(carol);
    assert.equal(server.clientId, "jupyterhub-user-carol%40x%20y");
    const { identity } = await signIn(carol);
    const ids = { client_id: server.clientId, redirect_uri: server.redirectUri };
    const code = codeOf(await access.oauth.authorize(query(ids), identity));
    const answer = await access.oauth.token(form(code, { ...ids, client_secret: server.secret.reveal() }));
    const owner = await access.tokens.resolve(String(answer.body.access_token));
    // As recorded from JupyterHub.
    assert.deepEqual(scopeList(owner?.scopes ?? new Map()), [
      "access:servers!server=carol@x y/",
      "read:users:groups!user=carol@x y",
      "read:users:name!user=carol@x y",
    ]);
  });
});
