import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { DEFAULT_SERVER } from "../kernel/index.ts";
import { kitFor } from "./access.fixture.ts";
import { scopeList } from "./index.ts";

forEachDatabase("a server's credentials", (open) => {
  test("the token may do what the contract says, and its requests are told from a person's", async (t) => {
    const { access, alice, serverToken } = await kitFor(t, open);
    const { tokenId, secret } = await serverToken(alice);
    const identity = await access.tokens.resolve(secret.reveal());
    assert.equal(identity?.isServerToken, true);
    // As recorded from JupyterHub.
    assert.deepEqual(identity === undefined ? [] : scopeList(identity.scopes), [
      "access:servers!server=alice/",
      "read:users:activity!user=alice",
      "read:users:groups!user=alice",
      "read:users:name!user=alice",
      "users:activity!user=alice",
    ]);
    const [model] = await access.tokens.list(alice);
    assert.deepEqual(
      [model?.note, model?.expires_at, model?.oauth_client],
      ["Server at /user/alice/", null, "JupyterHub"],
    );
    await access.revokeServerToken(tokenId);
    await access.revokeServerToken(tokenId);
    assert.equal(await access.tokens.resolve(secret.reveal()), undefined);
  });

  test("a start replaces what the last one had; a stop takes all of it, and of no other server", async (t) => {
    const { access, store, alice, addServer } = await kitFor(t, open);
    const one = { serverId: await addServer(alice), user: alice.name, server: DEFAULT_SERVER };
    const two = { serverId: await addServer(alice, "two"), user: alice.name, server: "two" as typeof DEFAULT_SERVER };
    const first = await access.serverCredentials.issue(one);
    const other = await access.serverCredentials.issue(two);
    const second = await access.serverCredentials.issue(one);
    assert.equal(await access.tokens.resolve(first.token.reveal()), undefined);
    assert.equal((await access.tokens.resolve(second.token.reveal()))?.tokenId, second.tokenId);
    await access.serverCredentials.revoke(one);
    await access.serverCredentials.revoke(one);
    assert.equal(await access.tokens.resolve(second.token.reveal()), undefined);
    assert.notEqual(await access.tokens.resolve(other.token.reveal()), undefined);
    const clients = await store.db.selectFrom("oauth_clients").select("client_id").execute();
    assert.deepEqual(
      clients.map((client) => client.client_id),
      ["jupyterhub-user-alice-two"],
    );
  });

  test("attack: a named server cannot take the client of a person whose name it completes", async (t) => {
    const { access, store, alice, addServer } = await kitFor(t, open);
    const { id } = await store.db
      .insertInto("users")
      .values({ name: "alice-b", admin: 0, created: "", cookie_id: "" })
      .returning("id")
      .executeTakeFirstOrThrow();
    const victim = { id, name: "alice-b" as typeof alice.name, admin: false };
    const theirs = { serverId: await addServer(victim), user: victim.name, server: DEFAULT_SERVER };
    const mine = { serverId: await addServer(alice, "b"), user: alice.name, server: "b" as typeof DEFAULT_SERVER };
    await access.serverCredentials.issue(theirs);
    await assert.rejects(access.serverCredentials.issue(mine), { code: "conflict" });
    await access.serverCredentials.revoke(mine);
    const client = await store.db.selectFrom("oauth_clients").selectAll().executeTakeFirstOrThrow();
    assert.equal(client.redirect_uri, "/user/alice-b/oauth_callback");
    assert.deepEqual(await access.tokens.list(alice), [], "nothing is left of the start that failed");
  });
});
