/** Copies of whole databases: while they are used, from one kind to the other, and of the future. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { forEachDatabase, temporaryFolder } from "../../../test/support/databases.ts";
import {
  asBytes,
  copyDatabase,
  type DumpLine,
  fromBytes,
  insertUsers,
  linesOf,
  moveDatabase,
  openAsIs,
  openStore,
  pendingMigrations,
  rehearseMigrations,
  replaceDatabase,
  restoreCopy,
  type Store,
  type StoreLocation,
} from "../index.ts";

const AT = "2030-01-01T00:00:00.000Z";
const PEOPLE = 2500;

async function fill(store: Store): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, n) => ({
    name: `p-${n}`,
    admin: n === 0,
    created: AT,
    cookieId: `ü"\\${n}`,
  }));
  for (let at = 0; at < people.length; at += 500) await insertUsers(store.db, people.slice(at, at + 500));
  const first = await store.db.selectFrom("users").select("id").orderBy("id").executeTakeFirstOrThrow();
  await sql`insert into groups (name, properties) values ('g', '{}'), ('gone', '{}')`.execute(store.db);
  await sql`delete from groups where name = 'gone'`.execute(store.db);
  await sql`insert into servers (user_id, name, display_name, state, state_since, user_options, generation)
    values (${first.id}, '', 'ada’s', 'stopped', ${AT}, '{}', 3)`.execute(store.db);
  await sql`insert into server_events (server_id, generation, at, state, message, progress, bytes_done)
    select id, 1, ${AT}, 'ready', 'line one
line two', 100, 123456789012 from servers`.execute(store.db);
  await sql`insert into facts values ('hub-id', 'abc')`.execute(store.db);
}

async function digest(location: StoreLocation): Promise<unknown> {
  for await (const line of linesOf(location)) if ("end" in line) return line;
  throw new Error("no end");
}

async function filled(t: TestContext, locate: (t: TestContext) => Promise<StoreLocation>): Promise<StoreLocation> {
  const location = await locate(t);
  const store = await openStore(location);
  await fill(store);
  await store.close();
  return location;
}

forEachDatabase("copies of a database", (_open, { kind, locate }) => {
  test("moved to SQLite and back, it has the same rows, and ids go on where they were", async (t) => {
    const source = await filled(t, locate);
    const before = await digest(source);
    const folder = temporaryFolder(t);
    const sqlite: StoreLocation = { kind: "sqlite", file: join(folder, "moved.db") };
    assert.equal(await moveDatabase(source, sqlite), PEOPLE + 4);
    assert.deepEqual(await digest(sqlite), before);
    const back = await locate(t);
    await moveDatabase(sqlite, back);
    assert.deepEqual(await digest(back), before);
    const store = await openStore(back);
    t.after(() => store.close());
    await sql`insert into groups (name, properties) values ('next', '{}')`.execute(store.db);
    const next = await store.db.selectFrom("groups").select("id").where("name", "=", "next").executeTakeFirstOrThrow();
    assert.equal(next.id, 3, "the id of the group that went is not given again");
  });

  test("a database with people in it is not overwritten", async (t) => {
    const [source, target] = [await filled(t, locate), await filled(t, locate)];
    await assert.rejects(moveDatabase(source, target), {
      code: "conflict",
      message: /There are people in the database/,
    });
  });

  test("a copy is taken of one moment while others write, and comes back", async (t) => {
    const location = await filled(t, locate);
    const file = join(temporaryFolder(t), "copy");
    const store = await openStore(location);
    const before = await digest(location);
    const dump = linesOf(location);
    const pieces: Buffer[] = [];
    const reader = asBytes(dump)[Symbol.asyncIterator]();
    const first = await reader.next();
    await store.db.deleteFrom("server_events").execute();
    await sql`update facts set value = 'changed'`.execute(store.db);
    for (let piece = first; piece.done !== true; piece = await reader.next()) pieces.push(piece.value);
    await copyDatabase(location, file);
    assert.equal((statSync(file).mode & 0o777).toString(8), "600");
    assert.deepEqual(readdirSync(dirname(file)), ["copy"]);
    await store.db.deleteFrom("users").execute();
    await store.close();

    const kept = await restoreCopy(location, file);
    assert.equal(kept !== undefined && existsSync(kept), kind === "sqlite");
    const people = await openAsIs(location);
    assert.equal((await people.db.selectFrom("users").selectAll().execute()).length, PEOPLE);
    assert.equal((await people.db.selectFrom("facts").select("value").executeTakeFirst())?.value, "changed");
    await people.close();
    await replaceDatabase(location, fromBytes(readable(pieces)));
    assert.deepEqual(await digest(location), before, "as it was when the dump began");
  });

  test("a dump that is cut short, changed or of a newer version changes nothing", async (t) => {
    const location = await filled(t, locate);
    const before = await digest(location);
    const lines: DumpLine[] = [];
    for await (const line of linesOf(location)) lines.push(line);
    const load = (changed: typeof lines) =>
      replaceDatabase(
        location,
        (async function* () {
          yield* changed;
        })(),
      );
    await assert.rejects(load(lines.slice(0, -1)), { code: "database-unusable", message: /its end is missing/ });
    await assert.rejects(load(lines.slice(1)), { code: "database-unusable", message: /no head/ });
    const changed = lines.map((line) =>
      Array.isArray(line) ? line.map((value) => (value === "p-7" ? "p-x" : value)) : line,
    );
    await assert.rejects(load(changed), { message: /the table users has other rows/ });
    const newer = lines.map((line) =>
      "migrations" in line ? { ...line, migrations: [...line.migrations, "9999"] } : line,
    );
    await assert.rejects(load(newer), { message: /a newer Hublet has changed it/ });
    assert.deepEqual(await digest(location), before);
  });

  test("migrations are rehearsed with all rows, and the database stays as it is", async (t) => {
    const location = await locate(t);
    const store = await openStore(location);
    await fill(store);
    await store.close();
    assert.deepEqual((await rehearseMigrations(location)).pending, []);
    await older(location);
    const before = await digest(location);
    const steps = await pendingMigrations(location);
    assert.deepEqual(steps, { before: ["0001-initial"], pending: ["0002-people", "0003-numbers"] });
    assert.deepEqual(await rehearseMigrations(location), steps);
    assert.deepEqual(await digest(location), before);
    assert.equal((await pendingMigrations(location)).pending.length, 2);
    if (location.kind === "sqlite") new DatabaseSync(location.file).exec("create table groups (id integer)");
    else {
      const wrong = await openAsIs(location);
      await sql`create table groups (id integer)`.execute(wrong.db);
      await wrong.close();
    }
    // A table of that name is in the way now.
    await assert.rejects(rehearseMigrations(location), { code: "database-unusable" });
    assert.deepEqual(await pendingMigrations(location), steps);
  });
});

test("a file that is no copy is refused", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "letter");
  writeFileSync(file, "Dear Ada");
  const location = { kind: "sqlite", file: join(folder, "hublet.db") } as const;
  await assert.rejects(restoreCopy(location, file), { code: "database-unusable" });
  await assert.rejects(restoreCopy(location, join(folder, "none")), { code: "not-found" });
  assert.deepEqual(readdirSync(folder), ["letter"]);
});

/** Takes all steps but the first back. */
async function older(location: StoreLocation): Promise<void> {
  const store = await openStore(location);
  const { db } = store;
  for (const table of [
    ...["share_codes", "shares", "second_factors", "sign_ups", "group_members"],
    ...["groups", "bound_logins", "identities"],
  ])
    await sql`drop table ${sql.table(table)}`.execute(db);
  for (const column of ["admin_by_hand", "by_hand", "suspended"])
    await sql`alter table users drop column ${sql.ref(column)}`.execute(db);
  await sql`alter table servers drop column note`.execute(db);
  await sql`drop index users_uid`.execute(db);
  await sql`alter table users drop column uid`.execute(db);
  await sql`delete from kysely_migration where name <> '0001-initial'`.execute(db);
  await store.close();
}

async function* readable(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
