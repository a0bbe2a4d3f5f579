import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { isoTime } from "../kernel/index.ts";
import { findAttempt } from "./attempts.ts";
import { type AttemptRule, countAttempt, purgeAttempts, refundAttempt } from "./index.ts";

/** Two may fail; the 3rd failure holds for 10 s, the 4th and further ones for 20 s. Forgets after 1000 s. */
function ruleAt(seconds: number, key = "k"): AttemptRule {
  const at = (offset: number) => isoTime((seconds + offset) * 1000);
  const ladder = [
    { failures: 3, until: at(10) },
    { failures: 4, until: at(20) },
  ];
  return { key, now: at(0), forgetBefore: at(-1000), ladder };
}

forEachDatabase("counted attempts", (open) => {
  test("are refused while a hold lasts, and each further failure lengthens it", async (t) => {
    const { db } = await open(t);
    assert.equal(await countAttempt(db, ruleAt(5000)), undefined);
    assert.equal(await countAttempt(db, ruleAt(5000)), undefined);
    assert.equal(await countAttempt(db, ruleAt(5000)), undefined);
    assert.equal(await countAttempt(db, ruleAt(5001)), isoTime(5010_000));
    assert.equal(await countAttempt(db, ruleAt(5010)), undefined);
    assert.equal(await countAttempt(db, ruleAt(5011)), isoTime(5030_000));
    assert.equal(await countAttempt(db, ruleAt(5030)), undefined);
    assert.equal((await findAttempt(db, "k"))?.failures, 5);
  });

  test("begin anew when the last failure is forgotten", async (t) => {
    const { db } = await open(t);
    for (let i = 0; i < 3; i += 1) await countAttempt(db, ruleAt(5000));
    assert.equal(await countAttempt(db, ruleAt(6001)), undefined);
    assert.deepEqual(
      { ...(await findAttempt(db, "k")) },
      {
        key: "k",
        failures: 1,
        blocked_until: null,
        last_failure: isoTime(6001_000),
      },
    );
  });

  test("made at the same moment cannot slip past the limit", async (t) => {
    const { db } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, () => countAttempt(db, ruleAt(5000))));
    assert.equal(answers.filter((until) => until === undefined).length, 3);
    // The one attempt that an expired hold lets through is also only one.
    const later = await Promise.all(Array.from({ length: 40 }, () => countAttempt(db, ruleAt(5010))));
    assert.equal(later.filter((until) => until === undefined).length, 1);
  });

  test("that are taken back leave no trace", async (t) => {
    const { db } = await open(t);
    for (let i = 0; i < 3; i += 1) await countAttempt(db, ruleAt(5000));
    await refundAttempt(db, "k");
    assert.equal(await countAttempt(db, ruleAt(5000)), undefined);
    await refundAttempt(db, "missing");
    assert.equal(await findAttempt(db, "missing"), undefined);
  });

  test("are purged by kind when they are old and hold nobody", async (t) => {
    const { db } = await open(t);
    await countAttempt(db, ruleAt(5000, "pair:old"));
    await countAttempt(db, ruleAt(5100, "pair:new"));
    await countAttempt(db, ruleAt(5000, "user:old"));
    for (let i = 0; i < 3; i += 1) await countAttempt(db, ruleAt(5000, "pair:held"));
    await purgeAttempts(db, { prefix: "pair:", before: isoTime(5050_000), now: isoTime(5005_000) });
    const rows = await db.selectFrom("attempts").select("key").orderBy("key").execute();
    assert.deepEqual(
      rows.map((row) => row.key),
      ["pair:held", "pair:new", "user:old"],
    );
  });
});
