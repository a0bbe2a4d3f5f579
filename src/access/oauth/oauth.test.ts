import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase, type OpenDatabase } from "../../../test/support/databases.ts";
import { DEFAULT_SERVER, isoTime } from "../../kernel/index.ts";
import { changeUser, insertUsers } from "../../store/index.ts";
import { CHALLENGE, type Kit, kitFor, named, type StartedServer, VERIFIER } from "../access.fixture.ts";
import {
  type AccessOptions,
  type AuthorizeOutcome,
  type Fields,
  type Identity,
  scopeList,
  type TokenAnswer,
} from "../index.ts";

interface Setting extends Kit {
  /** Alice's running server, and visitors who are signed in. */
  readonly server: StartedServer;
  readonly asAlice: Identity;
  readonly asAdmin: Identity;
  readonly asBob: Identity;
  query(changes?: Fields): Fields;
  form(code: string, changes?: Fields): Fields;
  /** Visits as alice and returns the code. */
  code(changes?: Fields): Promise<string>;
}

type Test = Parameters<OpenDatabase>[0];

async function setUp(
  t: Test,
  open: OpenDatabase,
  options: Partial<AccessOptions> = {},
  allowed: string[] = [],
): Promise<Setting> {
  const kit = await kitFor(t, open, options);
  const server = await kit.startServer(kit.alice, "", allowed);
  const [asAlice, asAdmin, asBob] = [
    await kit.signIn(kit.alice),
    await kit.signIn(kit.admin),
    await kit.signIn(kit.bob),
  ].map((one) => one.identity);
  if (asAlice === undefined || asAdmin === undefined || asBob === undefined) throw new Error("nobody is signed in");
  const query = (changes: Fields = {}): Fields => ({
    client_id: server.clientId,
    redirect_uri: server.redirectUri,
    response_type: "code",
    state: "s t&te",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...changes,
  });
  return {
    ...kit,
    server,
    asAlice,
    asAdmin,
    asBob,
    query,
    form: (code, changes = {}) => ({
      client_id: server.clientId,
      client_secret: server.secret.reveal(),
      grant_type: "authorization_code",
      code,
      redirect_uri: server.redirectUri,
      code_verifier: VERIFIER,
      ...changes,
    }),
    code: async (changes = {}) => codeOf(await kit.access.oauth.authorize(query(changes), asAlice)),
  };
}

function target(outcome: AuthorizeOutcome): URL {
  assert.equal(outcome.kind, "redirect", JSON.stringify(outcome));
  return new URL(outcome.kind === "redirect" ? outcome.to : "", "http://hub");
}

function codeOf(outcome: AuthorizeOutcome): string {
  return target(outcome).searchParams.get("code") ?? "";
}

/** Status and message of an error page. */
function pageOf(outcome: AuthorizeOutcome): number {
  assert.equal(outcome.kind, "error-page", JSON.stringify(outcome));
  return outcome.kind === "error-page" ? outcome.status : 0;
}

function errorOf(outcome: AuthorizeOutcome): (string | null)[] {
  const { searchParams } = target(outcome);
  assert.equal(searchParams.get("code"), null);
  return [searchParams.get("error"), searchParams.get("state")];
}

function offered(outcome: AuthorizeOutcome): string[] {
  assert.equal(outcome.kind, "confirm", JSON.stringify(outcome));
  return outcome.kind === "confirm" ? outcome.scopes.map((one) => one.scope) : [];
}

function refused(answer: TokenAnswer): (string | number | undefined)[] {
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.body.access_token, undefined);
  return [answer.status, answer.body.error];
}

forEachDatabase("OAuth", (open) => {
  describe("a visit", () => {
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
        client: { id: "jupyterhub-user-alice", description: "Server at /user/alice/" },
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
      const { access, query, asAdmin, asAlice, form } = await setUp(t, open, {}, [
        "list:users",
        "servers!user",
        "self",
      ]);
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

  describe("an exchange", () => {
    test("gives a token in OAuth's shape that is the visitor's, for fourteen days and this browser", async (t) => {
      const { access, code, form, alice, asAlice, clock } = await setUp(t, open);
      const answer = await access.oauth.token(form(await code()));
      assert.deepEqual(answer, {
        status: 200,
        headers: { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" },
        body: {
          access_token: answer.body.access_token,
          expires_in: 1209600,
          token_type: "Bearer",
          scope: "read:users:name!user read:users:groups!user access:servers!server=alice/",
        },
      });
      const secret = String(answer.body.access_token);
      assert.match(secret, /^[A-Za-z0-9]{30}$/);
      const identity = await access.tokens.resolve(secret);
      assert.deepEqual(
        [identity?.user, identity?.sessionId, identity?.clientId, identity?.isServerToken],
        [alice, asAlice.sessionId, "jupyterhub-user-alice", false],
      );
      assert.equal(identity !== undefined && access.mayAccessServer(identity, alice.name, DEFAULT_SERVER), true);
      const [model] = await access.tokens.list(alice);
      assert.deepEqual(
        [model?.note, model?.oauth_client, model?.session_id, model?.expires_at],
        ["", "Server at /user/alice/", asAlice.sessionId, isoTime(clock.now() + 14 * 24 * 3600 * 1000)],
      );
    });

    test("each mistake has its error, and none burns the code", async (t) => {
      const { access, code, form } = await setUp(t, open);
      const good = await code();
      const cases: [Fields, number, string][] = [
        [{ client_secret: "wrong" }, 401, "invalid_client"],
        [{ client_secret: undefined }, 401, "invalid_client"],
        [{ client_id: "nosuch" }, 401, "invalid_client"],
        [{ client_id: undefined }, 401, "invalid_client"],
        [{ grant_type: "password" }, 400, "unsupported_grant_type"],
        [{ grant_type: undefined }, 400, "invalid_request"],
        [{ code: "nosuch" }, 400, "invalid_grant"],
        [{ code: undefined }, 400, "invalid_request"],
        [{ code: [good, good] }, 400, "invalid_request"],
        [{ redirect_uri: "/user/bob/oauth_callback" }, 400, "invalid_request"],
        [{ redirect_uri: undefined }, 400, "invalid_request"],
        [{ code_verifier: undefined }, 400, "invalid_request"],
        [{ code_verifier: VERIFIER.replace("d", "e") }, 400, "invalid_grant"],
        [{ code_verifier: CHALLENGE }, 400, "invalid_grant"],
        [{ code_verifier: "" }, 400, "invalid_grant"],
      ];
      for (const [changes, status, error] of cases) {
        assert.deepEqual(
          refused(await access.oauth.token(form(good, changes))),
          [status, error],
          JSON.stringify(changes),
        );
      }
      assert.equal(
        (await access.oauth.token(form(good, { client_secret: "wrong" }))).headers["www-authenticate"],
        'Bearer error="invalid_client"',
      );
      assert.equal(
        (await access.oauth.token(form(good, { code_verifier: undefined }))).body.error_description,
        "Code verifier required.",
      );
      assert.equal((await access.oauth.token(form(good))).status, 200);
    });

    test("an older server without PKCE, and one with the plain method, get their tokens", async (t) => {
      const { access, code, form } = await setUp(t, open);
      const none = await code({ code_challenge: undefined, code_challenge_method: undefined });
      assert.equal((await access.oauth.token(form(none, { code_verifier: undefined }))).status, 200);
      for (const method of ["plain", undefined]) {
        const plain = await code({ code_challenge: VERIFIER, code_challenge_method: method });
        assert.equal((await access.oauth.token(form(plain))).status, 200);
      }
    });

    test("a code lives for 300 seconds", async (t) => {
      const { access, code, form, clock } = await setUp(t, open);
      const [one, two] = [await code(), await code()];
      clock.pass(299_000);
      assert.equal((await access.oauth.token(form(one))).status, 200);
      clock.pass(1000);
      assert.deepEqual(refused(await access.oauth.token(form(two))), [400, "invalid_grant"]);
      assert.equal(await access.oauth.purgeExpired(), 1);
    });

    test("deleting one of a client's tokens deletes all that this person has of it", async (t) => {
      const { access, code, form, alice } = await setUp(t, open);
      const own = await access.tokens.create({ owner: alice, note: "" });
      const first = await access.oauth.token(form(await code()));
      const second = await access.oauth.token(form(await code()));
      const models = await access.tokens.list(alice);
      assert.equal(await access.tokens.revoke(alice, models[1]?.id ?? ""), true);
      for (const { body } of [first, second])
        assert.equal(await access.tokens.resolve(String(body.access_token)), undefined);
      assert.notEqual(await access.tokens.resolve(own.secret.reveal()), undefined);
    });

    test("a stop of the server ends its client, codes and tokens", async (t) => {
      const { access, code, form, query, asAlice, server } = await setUp(t, open);
      const given = await access.oauth.token(form(await code()));
      const pending = await code();
      await access.oauth.removeServerClient(server.clientId);
      await access.oauth.removeServerClient(server.clientId);
      assert.equal(await access.tokens.resolve(String(given.body.access_token)), undefined);
      assert.deepEqual(refused(await access.oauth.token(form(pending))), [401, "invalid_client"]);
      assert.equal(pageOf(await access.oauth.authorize(query(), asAlice)), 400);
    });
  });

  describe("attacks", () => {
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
});
