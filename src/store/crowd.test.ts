/** Many who ask the database at the same moment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { type Database, findUser, getFact, inTransaction, setFact } from "./index.ts";

forEachDatabase("a crowd that asks at the same moment", (open) => {
  test("costs little more for each than a few do, not as many times as much as there are of them", async (t) => {
    const { db } = await open(t);
    await askedFor(db, 2000); // the first ones also pay for compiling
    const few = await askedFor(db, 250);
    const many = await askedFor(db, 5000);
    t.diagnostic(`µs for each: ${few.toFixed(0)} of 250, ${many.toFixed(0)} of 5000`);
    assert.ok(many < few * 6, `${few} µs for each of 250, ${many} µs for each of 5000`);
  });

  test("and transactions among them stay whole", async (t) => {
    const { db } = await open(t);
    const all = Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0
        ? inTransaction(db, async (trx) => {
            await setFact(trx, "count", `${Number((await getFact(trx, "count")) ?? 0) + 1}`);
          })
        : getFact(db, "count"),
    );
    await Promise.all(all);
    assert.equal(await getFact(db, "count"), "20");
  });
});

/** Microseconds of this process's own work for each of so many questions at once; the least of three times. */
async function askedFor(db: Database, count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 3; times += 1) {
    const start = process.cpuUsage();
    await Promise.all(Array.from({ length: count }, (_, i) => findUser(db, `person-${i}`)));
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / count);
  }
  return least;
}
