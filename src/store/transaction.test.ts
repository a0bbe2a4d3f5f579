import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  changeUser,
  type Database,
  ensureFact,
  findUserById,
  getFact,
  insertUsers,
  inTransaction,
  isUniqueViolation,
  openStore,
  setFact,
} from "./index.ts";

const run = promisify(execFile);

/** Counts a fact up 400 times (long enough to overlap), in a process of its own. */
const COUNT_ELSEWHERE = `
  import { getFact, inTransaction, openStore, setFact } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  const store = await openStore(JSON.parse(process.argv[1]));
  for (let i = 0; i < 400; i += 1) {
    await inTransaction(store.db, async (db) => {
      await setFact(db, "count", String(Number((await getFact(db, "count")) ?? 0) + 1));
    });
  }
  await store.close();`;

forEachDatabase("transactions", (open, { locate }) => {
  test("of several processes happen one after the other", async (t) => {
    const location = await locate(t);
    const node = ["--input-type=module", "-e", COUNT_ELSEWHERE, JSON.stringify(location)];
    await Promise.all(Array.from({ length: 3 }, () => run(process.execPath, node, { timeout: 60_000 })));
    const store = await openStore(location);
    t.after(() => store.close());
    assert.equal(await getFact(store.db, "count"), "1200");
  });

  test("take effect whole or not at all", async (t) => {
    const { db } = await open(t);
    const failing = inTransaction(db, async (trx) => {
      await setFact(trx, "colour", "red");
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    assert.equal(await getFact(db, "colour"), undefined);
  });

  test("that read and then write the same row at once happen one after the other", async (t) => {
    const { db } = await open(t);
    await setFact(db, "count", "0");
    const increment = () =>
      inTransaction(db, async (trx) => {
        const count = Number(await getFact(trx, "count"));
        await setFact(trx, "count", String(count + 1));
      });
    await Promise.all(Array.from({ length: 12 }, increment));
    assert.equal(await getFact(db, "count"), "12");
  });

  test("inside another one take part in it", async (t) => {
    const { db } = await open(t);
    const nested = inTransaction(db, async (outer: Database) => {
      await inTransaction(outer, (inner) => setFact(inner, "colour", "red"));
      throw new Error("the outer one fails");
    });
    await assert.rejects(nested, /the outer one fails/);
    assert.equal(await getFact(db, "colour"), undefined);
  });

  test("a taken name is told from other errors", async (t) => {
    const { db } = await open(t);
    const person = { admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: "c" };
    const [alice] = await insertUsers(db, [
      { ...person, name: "alice" },
      { ...person, name: "bob" },
    ]);
    const id = alice?.id ?? 0;
    await assert.rejects(changeUser(db, id, { name: "bob" }), isUniqueViolation);
    assert.equal(isUniqueViolation(new Error("other")), false);
    assert.equal((await findUserById(db, id))?.name, "alice");
  });

  test("a fact that several want to set first is the same for all", async (t) => {
    const { db } = await open(t);
    const values = await Promise.all(Array.from({ length: 5 }, (_, i) => ensureFact(db, "hub-id", () => `id-${i}`)));
    assert.equal(new Set(values).size, 1);
    assert.equal(await getFact(db, "hub-id"), values[0]);
  });
});
