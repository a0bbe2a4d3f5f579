import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { isoTime } from "../kernel/index.ts";
import {
  bindLogins,
  changeIdentity,
  countAttempt,
  countSignUps,
  type Database,
  deleteGroup,
  deleteIdentity,
  deleteMemberships,
  deleteSecondFactor,
  deleteSignUp,
  deleteSignUpsOf,
  deleteUser,
  endSessionOfUser,
  findGroup,
  findIdentity,
  findIdentityById,
  findSecondFactor,
  findSignUp,
  findSignUpsOf,
  findUsers,
  insertGroup,
  insertMemberships,
  insertSession,
  insertSignUp,
  insertUsers,
  isUniqueViolation,
  listBoundLogins,
  listBoundLoginsOf,
  listDueIdentities,
  listGroups,
  listGroupsOf,
  listHeld,
  listIdentities,
  listIdentitiesOf,
  listMemberships,
  listMembersOf,
  listSessionsOf,
  listSignUps,
  listStandings,
  listUsers,
  listWithSecondFactor,
  purgeSignUps,
  putSecondFactor,
  releaseLogins,
  setGroupProperties,
  setStandings,
  takeRecoveryCode,
  takeSignUp,
  upsertIdentity,
  useSecondFactorStep,
} from "./index.ts";

const at = (seconds: number) => isoTime(1_900_000_000_000 + seconds * 1000);

async function person(db: Database, name: string): Promise<number> {
  const [row] = await insertUsers(db, [{ name, admin: false, created: at(0), cookieId: name }]);
  assert.ok(row !== undefined);
  return row.id;
}

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

forEachDatabase("rows of people", (open) => {
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

  test("groups have members and properties, and take both along", async (t) => {
    const { db } = await open(t);
    const [alice, bob] = [await person(db, "alice"), await person(db, "bob")];
    const staff = await insertGroup(db, "Staff");
    await insertGroup(db, "course");
    assert.ok(staff !== undefined);
    assert.equal(await insertGroup(db, "Staff"), undefined);
    assert.deepEqual(
      (await listGroups(db)).map((group) => group.name),
      ["Staff", "course"],
    );
    await insertMemberships(db, [
      { groupId: staff.id, userId: bob },
      { groupId: staff.id, userId: alice },
    ]);
    await insertMemberships(db, [{ groupId: staff.id, userId: bob }]);
    assert.deepEqual(await listMembersOf(db, staff.id), ["alice", "bob"]);
    assert.deepEqual(
      (await listGroupsOf(db, bob)).map((group) => group.name),
      ["Staff"],
    );
    await deleteMemberships(db, staff.id, [alice]);
    assert.deepEqual(await listMemberships(db), [{ groupId: staff.id, userId: bob }]);
    assert.equal(await setGroupProperties(db, staff.id, { a: [1, null] }), true);
    assert.deepEqual((await findGroup(db, "Staff"))?.properties, { a: [1, null] });
    assert.equal(await deleteGroup(db, staff.id), true);
    assert.equal(await deleteGroup(db, staff.id), false);
    assert.deepEqual(await listMemberships(db), []);
  });

  test("a request for an account is decided once, and old ones go", async (t) => {
    const { db } = await open(t);
    const request = (name: string, seconds: number) => ({
      name,
      password_hash: "hash",
      note: "",
      address: "192.0.2.1",
      created: at(seconds),
    });
    const first = await insertSignUp(db, request("alice", 0));
    await insertSignUp(db, request("bob", 10));
    const third = await insertSignUp(db, request("alice", 20));
    assert.equal(await countSignUps(db), 3);
    assert.equal((await findSignUp(db, first))?.name, "alice");
    assert.equal((await findSignUpsOf(db, "alice")).length, 2);
    const taken = await Promise.all([takeSignUp(db, first), takeSignUp(db, first)]);
    assert.equal(taken.filter((row) => row !== undefined).length, 1);
    assert.equal(await purgeSignUps(db, at(15)), 1);
    assert.deepEqual(
      (await listSignUps(db)).map((row) => row.id),
      [third],
    );
    assert.equal(await deleteSignUp(db, first), false);
    await deleteSignUpsOf(db, "alice");
    assert.equal(await countSignUps(db), 0);
  });

  describe("second factors", () => {
    async function withFactor(db: Database): Promise<number> {
      const userId = await person(db, "alice");
      await putSecondFactor(db, {
        userId,
        secret: "sealed",
        active: true,
        lastStep: 100,
        recovery: ["r1", "r2", "r3"],
        created: at(0),
      });
      return userId;
    }

    test("take no code twice, also at the same moment, and none that is older", async (t) => {
      const { db } = await open(t);
      const userId = await withFactor(db);
      const answers = await Promise.all(Array.from({ length: 20 }, () => useSecondFactorStep(db, userId, 101)));
      assert.equal(answers.filter(Boolean).length, 1);
      assert.equal(await useSecondFactorStep(db, userId, 100), false);
      assert.equal(await useSecondFactorStep(db, userId, 102), true);
      assert.equal((await findSecondFactor(db, userId))?.lastStep, 102);
      assert.equal(await useSecondFactorStep(db, 4711, 103), false);
    });

    test("take a recovery code once, also when others are used at the same moment", async (t) => {
      const { db } = await open(t);
      const userId = await withFactor(db);
      const codes = ["r1", "r1", "r1", "r2", "wrong", "r2"];
      const answers = await Promise.all(codes.map((code) => takeRecoveryCode(db, userId, code)));
      assert.equal(answers.slice(0, 3).filter(Boolean).length, 1);
      assert.equal(answers[4], false);
      assert.equal([answers[3], answers[5]].filter(Boolean).length, 1);
      assert.deepEqual((await findSecondFactor(db, userId))?.recovery, ["r3"]);
    });

    test("are replaced, counted and removed", async (t) => {
      const { db } = await open(t);
      const userId = await withFactor(db);
      assert.deepEqual(await listWithSecondFactor(db, [userId, 99]), new Set([userId]));
      await putSecondFactor(db, {
        userId,
        secret: "new",
        active: false,
        lastStep: 0,
        recovery: [],
        created: at(1),
      });
      assert.equal((await findSecondFactor(db, userId))?.active, false);
      assert.deepEqual(await listWithSecondFactor(db, [userId]), new Set());
      assert.equal(await deleteSecondFactor(db, userId), true);
      assert.equal(await deleteSecondFactor(db, userId), false);
    });
  });

  test("a person's browsers are listed, and one of them is signed out", async (t) => {
    const { db } = await open(t);
    const [alice, bob] = [await person(db, "alice"), await person(db, "bob")];
    for (const [hash, userId, seconds] of [
      ["old", alice, 1],
      ["new", alice, 2],
      ["other", bob, 3],
    ] as const) {
      await insertSession(db, {
        hash,
        userId,
        sessionId: `public-${hash}`,
        created: at(seconds),
        expiresAt: at(1000),
        userAgent: "browser",
        address: "192.0.2.1",
      });
    }
    assert.deepEqual(
      (await listSessionsOf(db, alice, at(10))).map((row) => row.sessionId),
      ["public-new", "public-old"],
    );
    assert.equal(await endSessionOfUser(db, alice, "public-other"), false);
    assert.equal(await endSessionOfUser(db, alice, "public-old"), true);
    assert.equal((await listSessionsOf(db, alice, at(10))).length, 1);
    assert.equal((await listSessionsOf(db, bob, at(10))).length, 1);
    assert.deepEqual(await listSessionsOf(db, bob, at(1000)), []);
  });

  test("who is held off is listed while the hold lasts", async (t) => {
    const { db } = await open(t);
    for (const [key, seconds] of [
      ["user:short", 10],
      ["user:long", 20],
    ] as const) {
      await countAttempt(db, { key, now: at(0), forgetBefore: at(-10), ladder: [{ failures: 1, until: at(seconds) }] });
    }
    await countAttempt(db, { key: "user:free", now: at(0), forgetBefore: at(-10), ladder: [] });
    assert.deepEqual(
      (await listHeld(db, at(5))).map((row) => row.key),
      ["user:long", "user:short"],
    );
    assert.equal((await listHeld(db, at(15))).length, 1);
    assert.equal((await listHeld(db, at(20))).length, 0);
  });

  test("standings of many are written at once, and suspended people can be listed", async (t) => {
    const { db } = await open(t);
    const names = Array.from({ length: 1300 }, (_, i) => `p${i}`);
    const rows = await insertUsers(
      db,
      names.map((name) => ({ name, admin: false, byHand: false, created: at(0), cookieId: name })),
    );
    assert.equal(rows[0]?.by_hand, 0);
    await setStandings(
      db,
      rows.map(({ id }, i) => ({ id, admin: i === 0, suspended: i < 1200 ? null : "No rule lets them in." })),
    );
    const standings = await listStandings(db);
    assert.equal(standings.filter((row) => row.suspended !== null).length, 100);
    assert.deepEqual(
      standings.filter((row) => row.admin === 1).map((row) => row.name),
      ["p0"],
    );
    const query = { sort: "name", descending: false, offset: 0, limit: 5 } as const;
    assert.equal((await listUsers(db, { ...query, state: "suspended" })).total, 100);
    assert.equal((await listUsers(db, { ...query, state: "all", only: names })).total, 1300);
    assert.equal((await listUsers(db, { ...query, state: "suspended", only: ["p1", "p1250", 'x"'] })).total, 1);
    const ids = rows.slice(0, 1250).map((row) => row.id);
    assert.equal((await listUsers(db, { ...query, state: "suspended", ids })).total, 50);
    assert.equal((await listUsers(db, { ...query, state: "all", ids, only: ["p1", "p1299"] })).total, 1);
    assert.equal((await listUsers(db, { ...query, state: "all", ids: [] })).total, 0);
    assert.equal((await findUsers(db, ["p1", "p2", "nobody"])).length, 2);
    assert.deepEqual(await findUsers(db, []), []);
  });
});
