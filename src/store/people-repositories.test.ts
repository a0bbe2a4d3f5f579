import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  countAttempt,
  deleteGroup,
  deleteMemberships,
  endSessionOfUser,
  findGroup,
  findUsers,
  insertGroup,
  insertMemberships,
  insertSession,
  insertUsers,
  listGroups,
  listGroupsOf,
  listHeld,
  listMemberships,
  listMembersOf,
  listSessionsOf,
  listStandings,
  listUsers,
  setGroupProperties,
  setStandings,
} from "./index.ts";
import { at, person } from "./people.fixture.ts";

forEachDatabase("rows of people", (open) => {
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
