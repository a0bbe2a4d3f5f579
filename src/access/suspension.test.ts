/** What a person may still do who may not enter any more: nothing; only what runs already goes on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { DEFAULT_SERVER } from "../kernel/index.ts";
import { codeOf, refused, setUp } from "./oauth/oauth.fixture.ts";

forEachDatabase("a suspended person", (open) => {
  test("attack: the old cookie opens nothing, until the person is let in again", async (t) => {
    const { access, alice, signIn, suspend } = await setUp(t, open);
    const { cookieValue } = await signIn(alice);
    await suspend(alice);
    assert.equal(await access.sessions.resolve(cookieValue), undefined);
    await assert.rejects(access.sessions.create({ userId: alice.id, userAgent: "", address: "", days: 1 }), {
      code: "sign-in-refused",
    });
    await suspend(alice, null);
    assert.equal((await access.sessions.resolve(cookieValue))?.identity.user.name, "alice");
  });

  test("attack: the old API token and the token of an OAuth client are nobody's", async (t) => {
    const { access, alice, code, form, suspend } = await setUp(t, open);
    const api = await access.tokens.create({ owner: alice, note: "" });
    const { body } = await access.oauth.token(form(await code()));
    const oauth = String(body.access_token);
    assert.ok(await access.tokens.resolve(oauth));
    await suspend(alice);
    assert.equal(await access.tokens.resolve(api.secret.reveal()), undefined);
    assert.equal(await access.tokens.resolve(oauth), undefined);
  });

  test("attack: an OAuth code from before is not exchanged", async (t) => {
    const { access, alice, code, form, suspend } = await setUp(t, open);
    const before = await code();
    await suspend(alice);
    assert.deepEqual(refused(await access.oauth.token(form(before))), [400, "invalid_grant"]);
    assert.deepEqual(await access.tokens.list(alice), []);
  });

  test("attack: a gate cookie is not renewed", async (t) => {
    const { access, alice, asAlice, suspend } = await setUp(t, open);
    const at = { user: alice.name, server: DEFAULT_SERVER, epoch: "e1", secure: false };
    const cookie = access.gate.issue({ identity: asAlice, ...at });
    const pass = /^hublet-gate=([^;]*)/.exec(cookie)?.[1] ?? "";
    assert.ok(await access.gate.renew(pass, at));
    await suspend(alice);
    assert.equal(await access.gate.renew(pass, at), undefined);
  });

  test("the own token of a running server goes on working, and reports activity as before", async (t) => {
    const { access, bob, serverToken, suspend } = await setUp(t, open);
    const { tokenId, secret } = await serverToken(bob);
    const before = await access.tokens.resolve(secret.reveal());
    await suspend(bob);
    const after = await access.tokens.resolve(secret.reveal());
    assert.deepEqual([after?.user, after?.isServerToken], [bob, true]);
    assert.deepEqual(after?.scopes, before?.scopes);
    await access.revokeServerToken(tokenId);
    assert.equal(await access.tokens.resolve(secret.reveal()), undefined);
  });

  test("attack: a token with the note of a server's own does not outlive the suspension", async (t) => {
    const { access, alice, suspend } = await setUp(t, open);
    const { secret } = await access.tokens.create({ owner: alice, note: "Server at /user/alice/" });
    assert.equal((await access.tokens.resolve(secret.reveal()))?.isServerToken, false);
    await suspend(alice);
    assert.equal(await access.tokens.resolve(secret.reveal()), undefined);
  });

  test("others still get into the server of a suspended person, as far as they could", async (t) => {
    const { access, alice, asAdmin, query, suspend } = await setUp(t, open);
    await suspend(alice);
    assert.ok(access.mayAccessServer(asAdmin, alice.name, DEFAULT_SERVER));
    const outcome = await access.oauth.grant(query(), [`access:servers!server=${alice.name}/`], asAdmin);
    assert.notEqual(codeOf(outcome), "");
  });
});
