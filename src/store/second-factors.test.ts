import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  countSignUps,
  type Database,
  deleteSecondFactor,
  deleteSignUp,
  deleteSignUpsOf,
  findSecondFactor,
  findSignUp,
  findSignUpsOf,
  insertSignUp,
  listSignUps,
  listWithSecondFactor,
  purgeSignUps,
  putSecondFactor,
  takeRecoveryCode,
  takeSignUp,
  useSecondFactorStep,
} from "./index.ts";
import { at, person } from "./people.fixture.ts";

forEachDatabase("rows of second factors and requests for accounts", (open) => {
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
});
