import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { deleteUser, ensureUid, insertUsers, isUniqueViolation } from "./index.ts";

const RANGE = { first: 20_000, last: 20_020, taken: new Set<number>() };
const person = (name: string) => ({ name, admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: name });

forEachDatabase("numbers of people", (open) => {
  test("are given once, one by one, also to those who come at the same moment", async (t) => {
    const { db } = await open(t);
    const rows = await insertUsers(
      db,
      Array.from({ length: 8 }, (_, index) => person(`p${index}`)),
    );
    const twice = [...rows, ...rows];
    const uids = await Promise.all(twice.map(({ id }) => ensureUid(db, id, RANGE)));
    assert.deepEqual(uids.slice(0, 8), uids.slice(8));
    assert.deepEqual(
      uids.slice(0, 8).sort(),
      Array.from({ length: 8 }, (_, index) => 20_000 + index),
    );
    assert.equal(await ensureUid(db, 4711, RANGE), undefined, "nobody");
  });

  test("are not given again when their person was removed, and pass over those of others", async (t) => {
    const { db } = await open(t);
    const [ada, ben, cem, dora] = await insertUsers(db, ["ada", "ben", "cem", "dora"].map(person));
    assert.ok(ada !== undefined && ben !== undefined && cem !== undefined && dora !== undefined);
    assert.equal(await ensureUid(db, ada.id, RANGE), 20_000);
    await deleteUser(db, ada.id);
    const range = { ...RANGE, last: 20_003, taken: new Set([20_001, 20_002]) };
    assert.equal(await ensureUid(db, ben.id, range), 20_003);
    assert.equal(await ensureUid(db, cem.id, range), undefined, "none left");
    assert.equal(await ensureUid(db, ben.id, { ...RANGE, first: 30_000 }), 20_003, "kept, whatever is given today");
    await assert.rejects(
      db.updateTable("users").set({ uid: 20_003 }).where("id", "=", dora.id).execute(),
      isUniqueViolation,
    );
  });
});
