import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { DEFAULT_SERVER, isoTime, type ServerName } from "../../kernel/index.ts";
import { deleteUser, insertGroup } from "../../store/index.ts";
import { named } from "../access.fixture.ts";
import { type Grantee, scopeList } from "../index.ts";
import { setUpSharing } from "./shares.fixture.ts";

const PAGE = { offset: 0, limit: 50 };
const LAB = "lab" as ServerName;

forEachDatabase("shares", (open) => {
  test("a share lets a person in at their next request, and its end puts them out", async (t) => {
    const { access, alice, bob, asAlice, scopesAt, server } = await setUpSharing(t, open);
    assert.deepEqual(await scopesAt(bob), []);
    const share = await access.shares.grant({ by: asAlice, server, to: { user: bob.name } });
    assert.deepEqual(
      [share.scopes, share.user, share.group, share.server.user, share.server.name],
      [["access:servers"], "bob", null, "alice", ""],
    );
    assert.deepEqual(await scopesAt(bob), ["access:servers!server=alice/"]);
    const visiting = await access.sessions.resolve((await access.sessions.create(browserOf(bob.id))).cookieValue);
    assert.ok(visiting !== undefined && access.mayAccessServer(visiting.identity, alice.name, DEFAULT_SERVER));
    assert.equal(access.mayAccessServer(visiting.identity, alice.name, LAB), false);
    assert.equal(await access.shares.revoke({ server, to: { user: bob.name } }), undefined);
    assert.deepEqual(await scopesAt(bob), []);
  });

  test("a share to a group holds for its members while they are members, and ends with the group", async (t) => {
    const { access, bob, asAlice, members, scopesAt, server, store } = await setUpSharing(t, open);
    const share = () => access.shares.grant({ by: asAlice, server, to: { group: "staff" } });
    await assert.rejects(share(), { code: "bad-request", message: "No such group: staff" });
    await insertGroup(store.db, "staff");
    await share();
    assert.deepEqual(await scopesAt(bob), []);
    members.set("bob", ["staff"]);
    assert.deepEqual(await scopesAt(bob), ["access:servers!server=alice/"]);
    assert.equal((await access.shares.list({ to: { user: bob.name } }, PAGE)).total, 1);
    assert.equal((await access.shares.list({ to: { group: "staff" } }, PAGE)).total, 1);
    assert.equal(await access.shares.find(server, { user: bob.name }), undefined, "it is the group's, not bob's");
    members.delete("bob");
    assert.deepEqual(await scopesAt(bob), []);
    members.set("bob", ["staff"]);
    await store.db.deleteFrom("groups").where("name", "=", "staff").execute();
    assert.deepEqual(await scopesAt(bob), []);
  });

  test("scopes are forced to the server, merge, and are taken one by one", async (t) => {
    const { access, bob, asAlice, scopesAt, server } = await setUpSharing(t, open);
    const to: Grantee = { user: bob.name };
    await access.shares.grant({ by: asAlice, server, to, scopes: ["read:servers"] });
    await access.shares.grant({ by: asAlice, server, to, scopes: ["servers!server=alice/", "access:servers"] });
    assert.deepEqual(await scopesAt(bob), [
      "access:servers!server=alice/",
      "delete:servers!server=alice/",
      "read:servers!server=alice/",
      "servers!server=alice/",
      "start:servers!server=alice/",
    ]);
    const left = await access.shares.revoke({ server, to, scopes: ["servers"] });
    assert.deepEqual(left?.scopes, ["access:servers", "read:servers"]);
  });

  test("the default server of somebody who never started it can be shared; a named one must be there", async (t) => {
    const { access, admin, bob, alice, asAdmin } = await setUpSharing(t, open);
    const share = (user: typeof bob.name, server: ServerName, to = alice.name) =>
      access.shares.grant({ by: asAdmin, server: { user, server }, to: { user: to } });
    assert.equal((await share(bob.name, DEFAULT_SERVER)).server.user, "bob");
    assert.equal((await share(bob.name, DEFAULT_SERVER, admin.name)).server.user, "bob");
    await assert.rejects(share(bob.name, LAB), { code: "not-found" });
    await assert.rejects(share(named("nobody"), DEFAULT_SERVER), { code: "not-found" });
    await assert.rejects(share(bob.name, DEFAULT_SERVER, named("nobody")), { code: "bad-request" });
    assert.equal((await access.shares.list({ owner: bob.name }, PAGE)).total, 2);
    assert.equal((await access.shares.list({ user: bob.name, server: LAB }, PAGE)).total, 0);
    await access.shares.revokeAll({ user: bob.name, server: DEFAULT_SERVER });
    assert.equal((await access.shares.list({ owner: bob.name }, PAGE)).total, 0);
  });

  test("who may share follows the policy at once", async (t) => {
    const { access, alice, bob, server, policy, signIn } = await setUpSharing(t, open);
    const holdsShares = async () => (await access.scopesOf(alice)).has("shares");
    assert.equal(await holdsShares(), true);
    assert.equal((await access.scopesOf(bob)).has("shares"), false);
    policy.sharing = [];
    assert.equal(await holdsShares(), false);
    const { identity } = await signIn(bob);
    await assert.rejects(access.shares.codes.create({ by: identity, server }), { code: "forbidden" });
  });

  test("a code lets in whoever brings it, until it expires", async (t) => {
    const { access, alice, bob, asAlice, clock, scopesAt, server, store } = await setUpSharing(t, open);
    const { codes } = access.shares;
    const { row, code } = await codes.create({ by: asAlice, server });
    assert.match(code.reveal(), /^[0-9a-f]{32}$/);
    assert.equal(row.expiresAt, isoTime(clock.now() + 86_400_000));
    assert.ok(!JSON.stringify(await store.db.selectFrom("share_codes").selectAll().execute()).includes(code.reveal()));
    assert.deepEqual((await codes.inspect(code.reveal(), bob)).words, ["Open and use alice’s server"]);
    await assert.rejects(codes.exchange(code.reveal(), alice), { code: "bad-request", message: /your own share/ });
    assert.equal((await codes.exchange(code.reveal(), bob)).user, "bob");
    assert.deepEqual(await scopesAt(bob), ["access:servers!server=alice/"]);
    const listed = await codes.list({ owner: alice.name }, PAGE);
    assert.deepEqual(
      listed.rows.map((one) => [one.exchangeCount, one.lastExchangedAt]),
      [[1, isoTime(clock.now())]],
    );
    clock.pass(86_400_000);
    await assert.rejects(codes.exchange(code.reveal(), bob), { code: "not-found" });
    assert.deepEqual(await scopesAt(bob), ["access:servers!server=alice/"], "what was taken stays");
    await access.purgeExpired();
    assert.deepEqual(await store.db.selectFrom("share_codes").selectAll().execute(), []);
  });

  test("codes have a life from a minute to a year, and are removed by id, by code, or all", async (t) => {
    const { access, alice, asAlice, bob, server } = await setUpSharing(t, open);
    const { codes } = access.shares;
    for (const expiresInSeconds of [59, 0, -1, 1.5, 31_536_001, Number.NaN])
      await assert.rejects(codes.create({ by: asAlice, server, expiresInSeconds }), { code: "bad-request" });
    const one = await codes.create({ by: asAlice, server, expiresInSeconds: 60 });
    const two = await codes.create({ by: asAlice, server, expiresInSeconds: 31_536_000 });
    await codes.create({ by: asAlice, server });
    for (const id of ["", "1", "sc_0", "sc_x", "sc_99999", "sc_99999999999999999999", `a${one.row.id}`])
      assert.equal(await codes.remove(server, { id }), false, id);
    const elsewhere = { user: bob.name, server: DEFAULT_SERVER };
    assert.equal(await codes.remove(elsewhere, { id: `sc_${one.row.id}` }), false, "not this server's");
    assert.equal(await codes.remove(server, { id: `sc_${one.row.id}` }), true);
    assert.equal(await codes.remove(server, { code: two.code.reveal() }), true);
    assert.equal(await codes.remove(server, { code: two.code.reveal() }), false);
    assert.equal(await codes.remove(server, "all"), true);
    assert.equal((await codes.list({ user: alice.name, server: DEFAULT_SERVER }, PAGE)).total, 0);
    await assert.rejects(codes.exchange(two.code.reveal(), bob), { code: "not-found" });
  });

  test("a removed owner leaves no way in", async (t) => {
    const { access, alice, bob, asAlice, scopesAt, server, store } = await setUpSharing(t, open);
    await access.shares.grant({ by: asAlice, server, to: { user: bob.name } });
    const { code } = await access.shares.codes.create({ by: asAlice, server });
    await deleteUser(store.db, alice.id);
    assert.deepEqual(await scopesAt(bob), []);
    await assert.rejects(access.shares.codes.inspect(code.reveal(), bob), { code: "not-found" });
    assert.equal((await access.shares.list({ to: { user: bob.name } }, PAGE)).total, 0);
    const own = scopeList(await access.scopesOf(bob));
    assert.ok(own.every((scope) => scope.endsWith("!user=bob")));
  });
});

function browserOf(userId: number) {
  return { userId, userAgent: "", address: "", days: 1 };
}
