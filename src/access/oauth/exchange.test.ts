import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { DEFAULT_SERVER, isoTime } from "../../kernel/index.ts";
import { CHALLENGE, VERIFIER } from "../access.fixture.ts";
import type { Fields } from "../index.ts";
import { pageOf, refused, setUp } from "./oauth.fixture.ts";

forEachDatabase("an OAuth exchange", (open) => {
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
