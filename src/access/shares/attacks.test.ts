import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { DEFAULT_SERVER, type ServerName } from "../../kernel/index.ts";
import { codeOf, setUp } from "../oauth/oauth.fixture.ts";
import { SCOPE_NAMES } from "../scopes/hierarchy.ts";
import { setUpSharing } from "./shares.fixture.ts";

const LAB = "lab" as ServerName;

forEachDatabase("attacks on shares", (open) => {
  describe("share scope escalation", () => {
    test("attack: sharing more than one holds", async (t) => {
      const { access, alice, bob, asAlice, server, store } = await setUpSharing(t, open);
      const narrow = await access.tokens.create({ owner: alice, note: "", scopes: ["shares!user"] });
      const limited = await access.tokens.resolve(narrow.secret.reveal());
      assert.ok(limited);
      const to = { user: bob.name };
      for (const [by, scopes] of [
        [asAlice, ["admin:servers"]],
        [asAlice, ["access:servers", "admin:server_state"]],
        [limited, ["servers"]],
        [limited, ["start:servers"]],
      ] as const) {
        await assert.rejects(access.shares.grant({ by, server, to, scopes }), { code: "forbidden" });
        await assert.rejects(access.shares.codes.create({ by, server, scopes }), { code: "forbidden" });
      }
      assert.deepEqual(await store.db.selectFrom("shares").selectAll().execute(), []);
      assert.deepEqual((await access.shares.grant({ by: limited, server, to })).scopes, ["access:servers"]);
    });

    test("attack: sharing another server, or without a filter, by its scopes", async (t) => {
      const { access, alice, bob, asAlice, server, addServer } = await setUpSharing(t, open);
      await addServer(alice, LAB);
      const to = { user: bob.name };
      for (const scope of [
        "access:servers!server=alice/lab",
        "access:servers!server=bob/",
        "access:servers!user=alice",
        "access:servers!user",
        "access:servers!server",
        "access:servers!group=staff",
        "inherit",
        "self",
        "nosuch",
        "access:servers!server=",
      ]) {
        await assert.rejects(access.shares.grant({ by: asAlice, server, to, scopes: [scope] }), {
          code: "bad-request",
        });
        await assert.rejects(access.shares.revoke({ server, to, scopes: [scope] }), { code: "bad-request" });
      }
    });

    test("attack: sharing somebody else's server", async (t) => {
      const { access, bob, admin, asAlice } = await setUpSharing(t, open);
      for (const person of [bob, admin]) {
        const theirs = { user: person.name, server: DEFAULT_SERVER };
        await assert.rejects(access.shares.grant({ by: asAlice, server: theirs, to: { user: bob.name } }), {
          code: "forbidden",
        });
        await assert.rejects(access.shares.codes.create({ by: asAlice, server: theirs }), { code: "forbidden" });
      }
    });

    test("attack: whatever an admin can share reaches that server and nothing else", async (t) => {
      const { access, bob, asAdmin, server, scopesAt } = await setUpSharing(t, open);
      for (const scope of SCOPE_NAMES) {
        await access.shares
          .grant({ by: asAdmin, server, to: { user: bob.name }, scopes: [scope] })
          .catch((error: { code?: string }) => assert.equal(error.code, "bad-request", scope));
      }
      const gained = await scopesAt(bob);
      assert.ok(gained.length >= 9, gained.join(" "));
      assert.deepEqual(
        gained.filter((scope) => !scope.endsWith("!server=alice/")),
        [],
      );
      assert.deepEqual(
        gained.filter((scope) => /^(admin:users|tokens|read:users|read:tokens|admin-ui|list:)/.test(scope)),
        [],
      );
    });

    test("attack: one who was let in lets others in", async (t) => {
      const { access, bob, asAlice, server, signIn } = await setUpSharing(t, open);
      await access.shares.grant({ by: asAlice, server, to: { user: bob.name }, scopes: ["servers", "access:servers"] });
      const { identity } = await signIn(bob);
      await assert.rejects(access.shares.codes.create({ by: identity, server, scopes: ["shares"] }), {
        code: "forbidden",
      });
      assert.equal(identity.scopes.has("shares"), false, "so that the API refuses before");
    });
  });

  test("attack: token replay after the share was revoked", async (t) => {
    const { access, alice, bob, asAdmin, query, form, signIn } = await setUp(t, open);
    const server = { user: alice.name, server: DEFAULT_SERVER };
    await access.shares.grant({ by: asAdmin, server, to: { user: bob.name } });
    const { identity } = await signIn(bob);
    const visit = async () => access.oauth.grant(query(), ["access:servers!server=alice/"], identity);
    const oauth = String((await access.oauth.token(form(codeOf(await visit())))).body.access_token);
    const explicit = await access.tokens.create({ owner: bob, note: "", scopes: ["access:servers!server=alice/"] });
    const inherit = await access.tokens.create({ owner: bob, note: "" });
    const pass = access.gate.issue({ identity, ...server, epoch: "e", secure: false });
    const reach = async () =>
      Promise.all(
        [oauth, explicit.secret.reveal(), inherit.secret.reveal()].map(async (secret) => {
          const resolved = await access.tokens.resolve(secret);
          return resolved !== undefined && access.mayAccessServer(resolved, alice.name, DEFAULT_SERVER);
        }),
      );
    assert.deepEqual(await reach(), [true, true, true]);
    const unused = codeOf(await visit());
    await access.shares.revoke({ server, to: { user: bob.name } });
    assert.deepEqual(await reach(), [false, false, false]);
    const late = await access.oauth.token(form(unused));
    const resolved = await access.tokens.resolve(String(late.body.access_token));
    assert.ok(resolved === undefined || !access.mayAccessServer(resolved, alice.name, DEFAULT_SERVER));
    const cookie = /^hublet-gate=([^;]*)/.exec(pass)?.[1] ?? "";
    assert.equal(await access.gate.renew(cookie, { ...server, epoch: "e", secure: false }), undefined);
    const again = (await signIn(bob)).identity;
    assert.equal((await access.oauth.authorize(query(), again)).kind, "error-page");
  });

  test("attack: guessing codes, and using the hashes of a stolen database", async (t) => {
    const { access, bob, asAlice, server, store } = await setUpSharing(t, open);
    const { code } = await access.shares.codes.create({ by: asAlice, server });
    const { hash } = await store.db.selectFrom("share_codes").select("hash").executeTakeFirstOrThrow();
    const guess = code.reveal();
    for (const wrong of [
      "",
      " ",
      hash,
      guess.slice(1),
      guess.toUpperCase(),
      `${guess} `,
      "0".repeat(32),
      "\0",
      "x".repeat(9000),
    ]) {
      if (wrong === guess) continue;
      await assert.rejects(access.shares.codes.inspect(wrong, bob), { code: "not-found" });
      await assert.rejects(access.shares.codes.exchange(wrong, bob), { code: "not-found" });
    }
    assert.deepEqual(await store.db.selectFrom("shares").selectAll().execute(), []);
  });

  test("attack: a person takes the name of one who was let in, or of an owner who left", async (t) => {
    const { access, alice, bob, asAlice, server, store, scopesAt } = await setUpSharing(t, open);
    await access.shares.grant({ by: asAlice, server, to: { user: bob.name } });
    await store.db.deleteFrom("users").where("id", "=", bob.id).execute();
    const { id } = await store.db
      .insertInto("users")
      .values({ name: "bob", admin: 0, created: "2030-01-01T00:00:00.000Z", cookie_id: "new" })
      .returning("id")
      .executeTakeFirstOrThrow();
    assert.deepEqual(await scopesAt({ ...bob, id }), []);
    const { code } = await access.shares.codes.create({ by: asAlice, server });
    await store.db.deleteFrom("users").where("id", "=", alice.id).execute();
    await store.db
      .insertInto("users")
      .values({ name: "alice", admin: 0, created: "2030-01-01T00:00:00.000Z", cookie_id: "newer" })
      .execute();
    await assert.rejects(access.shares.codes.exchange(code.reveal(), { ...bob, id }), { code: "not-found" });
  });
});
