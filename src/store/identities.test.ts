import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  bindLogins,
  changeIdentity,
  deleteIdentity,
  deleteUser,
  findIdentity,
  findIdentityById,
  insertSession,
  isUniqueViolation,
  listBoundLogins,
  listBoundLoginsOf,
  listDueIdentities,
  listIdentities,
  listIdentitiesOf,
  releaseLogins,
  upsertIdentity,
} from "./index.ts";
import { at, person } from "./people.fixture.ts";

const GITHUB = { provider: "github", issuer: "https://github.com" };
const ENTERPRISE = { provider: "github", issuer: "https://git.example.org" };

function identity(userId: number, subject: string) {
  return {
    userId,
    ...GITHUB,
    subject,
    login: "octocat",
    email: null,
    groups: ["lab", "lab:staff"],
    credential: "sealed",
    refreshedAt: at(0),
    problem: null,
  };
}

forEachDatabase("rows of identities", (open) => {
  describe("identities", () => {
    test("are found by provider and subject, and stay with their person", async (t) => {
      const { db } = await open(t);
      const [alice, bob] = [await person(db, "alice"), await person(db, "bob")];
      const row = await upsertIdentity(db, identity(alice, "1"));
      assert.deepEqual(await findIdentity(db, GITHUB, "1"), { ...row, user: "alice" });
      assert.deepEqual(row.groups, ["lab", "lab:staff"]);
      const again = await upsertIdentity(db, { ...identity(bob, "1"), login: "renamed" });
      assert.deepEqual([again.id, again.userId, again.login], [row.id, alice, "renamed"]);
      await assert.rejects(upsertIdentity(db, identity(alice, "2")), isUniqueViolation);
      assert.equal(await findIdentity(db, { provider: "oidc:x", issuer: GITHUB.issuer }, "1"), undefined);
      assert.equal(await changeIdentity(db, row.id, { groups: [], problem: "gone", refreshedAt: at(9) }), true);
      const changed = await findIdentityById(db, row.id);
      assert.deepEqual([changed?.groups, changed?.problem, changed?.refreshedAt], [[], "gone", at(9)]);
      assert.equal(await deleteIdentity(db, bob, "github"), false);
      assert.equal((await listIdentities(db)).length, 1);
      await deleteUser(db, alice);
      assert.deepEqual(await listIdentitiesOf(db, alice), []);
    });

    test("takeover by an equal id of another instance: the same number there is somebody else's", async (t) => {
      const { db } = await open(t);
      const [alice, bob] = [await person(db, "alice"), await person(db, "bob")];
      await upsertIdentity(db, identity(alice, "1"));
      assert.equal(await findIdentity(db, ENTERPRISE, "1"), undefined);
      await upsertIdentity(db, { ...identity(bob, "1"), ...ENTERPRISE });
      const owners = [await findIdentity(db, GITHUB, "1"), await findIdentity(db, ENTERPRISE, "1")];
      assert.deepEqual(
        owners.map((row) => row?.user as string),
        ["alice", "bob"],
      );
      // Logins in rules are bound for each instance by itself, too.
      await bindLogins(db, [{ ...GITHUB, login: "octocat", subject: "1" }]);
      await bindLogins(db, [{ ...GITHUB, login: "octocat", subject: "2" }]);
      assert.deepEqual(await listBoundLoginsOf(db, ENTERPRISE, { subject: "1", login: "octocat" }), []);
      await bindLogins(db, [{ ...ENTERPRISE, login: "octocat", subject: "7" }]);
      const [here, ...more] = await listBoundLoginsOf(db, GITHUB, { subject: "7", login: "octocat" });
      assert.deepEqual([{ ...here }, more], [{ ...GITHUB, login: "octocat", subject: "1" }, []]);
      await releaseLogins(db, { ...GITHUB, subject: "1" });
      const left = (await listBoundLogins(db)).map((row) => ({ ...row }));
      assert.deepEqual(left, [{ ...ENTERPRISE, login: "octocat", subject: "7" }]);
      assert.equal(await deleteIdentity(db, alice, "github"), true);
      assert.equal((await listIdentities(db)).length, 1);
    });

    test("are due when somebody is at work, failed ones last", async (t) => {
      const { db } = await open(t);
      const names = ["idle", "signed-in", "expired", "running", "failed-before", "fresh", "without"];
      const ids = new Map<string, number>();
      for (const [index, name] of names.entries()) {
        const id = await person(db, name);
        ids.set(name, id);
        await upsertIdentity(db, {
          ...identity(id, name),
          refreshedAt: at(name === "fresh" ? 100 : 10 - index),
          problem: name === "failed-before" ? "no answer" : null,
          credential: name === "without" ? null : "sealed",
        });
        if (name === "idle" || name === "running") continue;
        await insertSession(db, {
          hash: name,
          userId: id,
          sessionId: name,
          created: at(0),
          expiresAt: at(name === "expired" ? 40 : 1000),
          userAgent: "",
          address: "",
        });
      }
      const server = { name: "", display_name: "", state_since: at(0), user_options: "{}", generation: 1 };
      await db
        .insertInto("servers")
        .values([
          { ...server, user_id: ids.get("running") ?? 0, state: "ready" },
          { ...server, user_id: ids.get("idle") ?? 0, state: "stopped" },
        ])
        .execute();
      const due = await listDueIdentities(db, { before: at(50), now: at(50), limit: 10, of: [GITHUB] });
      assert.deepEqual(
        due.map((row) => row.user as string),
        ["running", "signed-in", "failed-before"],
      );
      const count = async (limit: number, of: (typeof GITHUB)[]) =>
        (await listDueIdentities(db, { before: at(50), now: at(50), limit, of })).length;
      assert.deepEqual([await count(1, [GITHUB]), await count(9, [ENTERPRISE, GITHUB])], [1, 3]);
      assert.deepEqual([await count(9, [ENTERPRISE]), await count(9, [])], [0, 0]);
    });
  });
});
