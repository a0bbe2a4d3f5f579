import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { sql } from "kysely";
import { forEachDatabase, temporaryFolder } from "../../test/support/databases.ts";
import { HubError } from "../kernel/index.ts";
import { countUsers, insertUsers, openStore, redactUrl, type StoreLocation } from "./index.ts";
import { sqliteUnusable } from "./unusable.ts";

const run = promisify(execFile);
const ALICE = { name: "alice", admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: "c" };

/** Opens in a process of its own, as the CLI does beside the hub; prints the number of people. */
const OPEN_ELSEWHERE = `
  import { countUsers, openStore } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  try {
    const store = await openStore(JSON.parse(process.argv[1]));
    process.stdout.write(String(await countUsers(store.db)));
    await store.close();
  } catch (error) {
    process.stdout.write(error.code + ": " + error.message);
  }`;

async function openElsewhere(location: StoreLocation, wrapper: readonly string[] = []): Promise<string> {
  const node = [process.execPath, "--input-type=module", "-e", OPEN_ELSEWHERE, JSON.stringify(location)];
  const [command = "", ...rest] = [...wrapper, ...node];
  return (await run(command, rest, { timeout: 30_000 })).stdout;
}

forEachDatabase("opening a store", (_open, { kind, locate }) => {
  test("keeps what is in it", async (t) => {
    const location = await locate(t);
    const first = await openStore(location);
    await insertUsers(first.db, [ALICE]);
    await first.close();
    const second = await openStore(location);
    t.after(() => second.close());
    assert.equal(await countUsers(second.db), 1);
  });

  test("processes that start together on an empty database bring up its tables once", async (t) => {
    const location = await locate(t);
    if (location.kind === "postgres") await emptyPostgres(location);
    const counts = await Promise.all(Array.from({ length: 4 }, () => openElsewhere(location)));
    assert.deepEqual(counts, ["0", "0", "0", "0"]);
  });

  test("a database of a newer version is refused", async (t) => {
    const location = await locate(t);
    const store = await openStore(location);
    await sql`insert into kysely_migration values ('9999-future', '2999-01-01T00:00:00.000Z')`.execute(store.db);
    await store.close();
    await assert.rejects(openStore(location), (error) => {
      assertUnusable(error, /a newer Hublet has changed it \(step “9999-future”.*Update Hublet/);
      return true;
    });
  });

  test("counts are numbers and sorting is by code point in both", async (t) => {
    const store = await openStore(await locate(t));
    t.after(() => store.close());
    await insertUsers(
      store.db,
      ["b", "_", "a"].map((name) => ({ ...ALICE, name })),
    );
    assert.equal(await countUsers(store.db), 3);
    const rows = await store.db.selectFrom("users").select("name").orderBy("name").execute();
    assert.deepEqual(
      rows.map((row) => row.name),
      ["_", "a", "b"],
    );
    assert.equal(store.kind, kind);
  });
});

describe("a SQLite file", () => {
  test("can be read by its owner alone, with its side files, also when it was open to others before", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "hublet.db");
    writeFileSync(file, "", { mode: 0o644 });
    const store = await openStore({ kind: "sqlite", file });
    t.after(() => store.close());
    await insertUsers(store.db, [ALICE]);
    for (const name of [file, `${file}-wal`, `${file}-shm`]) {
      assert.equal((statSync(name).mode & 0o777).toString(8), "600", name);
    }
    const fresh = await openStore({ kind: "sqlite", file: join(folder, "fresh.db") });
    t.after(() => fresh.close());
    assert.equal((statSync(join(folder, "fresh.db")).mode & 0o777).toString(8), "600");
  });

  test("in a missing folder", async (t) => {
    const file = join(temporaryFolder(t), "missing", "hublet.db");
    await refused(file, /the folder .*\/missing does not exist\. Create it/);
  });

  test("that is a folder", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    await mkdir(file);
    await refused(file, /cannot be used/);
  });

  test("that is something else", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    writeFileSync(file, "This is a letter, not a database. ".repeat(100));
    await refused(file, /it is not a database\. Move it away/);
    assert.match(readFileSync(file, "utf8"), /^This is a letter/);
  });

  test("that is damaged in the middle", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    await (await openStore({ kind: "sqlite", file })).close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096, 3 * 4096);
    writeFileSync(file, bytes);
    await refused(file, /it is damaged .*Restore it from a backup/s);
  });

  test("that was cut off", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    await (await openStore({ kind: "sqlite", file })).close();
    truncateSync(file, 4096 * 5);
    await refused(file, /it is damaged/);
  });

  test("in a folder that this account may not write", async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o555);
    await asOrdinaryAccount(() => refused(join(folder, "hublet.db"), /may not write it\. Give the account that runs/));
  });

  test("that this account may read but not write", async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const file = join(folder, "hublet.db");
    await (await openStore({ kind: "sqlite", file })).close();
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    try {
      await asOrdinaryAccount(() => refused(file, /(may not be written|cannot be opened)\. Give the account/));
    } finally {
      chmodSync(folder, 0o700);
    }
  });

  test("that may not grow any further leaves nothing half made", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    const limit = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=20000", "--"];
    assert.match(
      await openElsewhere({ kind: "sqlite", file }, limit),
      /^database-unusable: .*Check that the disk of .* has space/s,
    );
    assert.equal(await openElsewhere({ kind: "sqlite", file }), "0");
  });

  test("on a full disk: SQLite's own error is put into words", (t) => {
    const file = join(temporaryFolder(t), "full.db");
    const database = new DatabaseSync(file);
    t.after(() => database.close());
    database.exec("pragma max_page_count = 3");
    assert.throws(
      () => database.exec("create table a (x); create table b (x); create table c (x); create table d (x)"),
      (error) => {
        assertUnusable(sqliteUnusable(file, error), /the disk is full\. Make room on the disk of/);
        return true;
      },
    );
  });

  test("that another program holds", async (t) => {
    const file = join(temporaryFolder(t), "hublet.db");
    await (await openStore({ kind: "sqlite", file })).close();
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec("pragma locking_mode = exclusive; begin exclusive");
    const start = performance.now();
    await refused(file, /another program holds it/);
    assert.ok(performance.now() - start < 10_000);
  });

  test("the CLI reads and writes it while the hub has it open", async (t) => {
    const location = { kind: "sqlite", file: join(temporaryFolder(t), "hublet.db") } as const;
    const store = await openStore(location);
    t.after(() => store.close());
    await insertUsers(store.db, [ALICE]);
    assert.equal(await openElsewhere(location), "1");
    await insertUsers(store.db, [{ ...ALICE, name: "bob" }]);
    assert.equal(await openElsewhere(location), "2");
  });
});

describe("a PostgreSQL address", () => {
  test("where nothing answers", async (t) => {
    const folder = encodeURIComponent(temporaryFolder(t));
    await assert.rejects(
      openStore({ kind: "postgres", url: `postgresql://u:pa@ss@localhost/x?host=${folder}` }),
      (error) => {
        assertUnusable(
          error,
          /postgresql:\/\/u:…@localhost\/x cannot be used: nothing answers there\. Start PostgreSQL/,
        );
        return true;
      },
    );
  });

  test("is shown without its password and options", () => {
    assert.equal(redactUrl("postgresql://u:secret@h/db?password=x"), "postgresql://u:…@h/db");
    assert.equal(redactUrl("postgres://u:p@ss:w/rd@h:5432/db"), "postgres://u:…@h:5432/db");
    assert.equal(redactUrl("postgres://u@h/db"), "postgres://u@h/db");
  });
});

forEachDatabase("PostgreSQL's refusals", (_open, { kind, locate }) => {
  if (kind === "sqlite") return;

  test("a missing database, and one that is not UTF-8", async (t) => {
    const location = await locate(t);
    assert.ok(location.kind === "postgres");
    const url = new URL(location.url);
    url.pathname = "/missing_database";
    await assert.rejects(openStore({ kind, url: url.href }), (error) => {
      assertUnusable(error, /database "missing_database" does not exist\. Create it/);
      return true;
    });
    const store = await openStore(location);
    t.after(() => store.close());
    await sql`create database latin template template0 encoding latin1 locale 'C' locale_provider libc`.execute(
      store.db,
    );
    t.after(() => sql`drop database latin`.execute(store.db).catch(() => undefined));
    url.pathname = "/latin";
    await assert.rejects(openStore({ kind, url: url.href }), (error) => {
      assertUnusable(error, /it is encoded as LATIN1, and names need UTF8/);
      return true;
    });
  });

  test("a user without rights", async (t) => {
    const location = await locate(t);
    assert.ok(location.kind === "postgres");
    await emptyPostgres(location);
    const url = new URL(location.url);
    url.username = "stranger";
    await assert.rejects(openStore({ kind, url: url.href }), (error) => {
      assertUnusable(error, /role "stranger" does not exist/);
      return true;
    });
  });

  test("a connection that the server ends does not end the hub", async (t) => {
    const location = await locate(t);
    const store = await openStore(location);
    t.after(() => store.close());
    const other = await openStore(location);
    t.after(() => other.close());
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
      other.db,
    );
    // The query that meets the dead connection fails; soon after, the pool has a new one.
    let count: number | undefined;
    for (let tries = 0; tries < 50 && count === undefined; tries += 1) {
      count = await countUsers(store.db).catch(() => undefined);
      await nextTurn();
    }
    assert.equal(count, 0);
  });
});

async function refused(file: string, expected: RegExp): Promise<void> {
  await assert.rejects(openStore({ kind: "sqlite", file }), (error) => {
    assertUnusable(error, expected);
    return true;
  });
}

function assertUnusable(error: unknown, expected: RegExp): void {
  assert.ok(error instanceof HubError, String(error));
  assert.equal(error.code, "database-unusable");
  assert.match(error.message, expected);
  assert.doesNotMatch(error.message, /pa@ss/);
}

/** As root every folder can be written, so the effective account is changed for a while. */
async function asOrdinaryAccount(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  const nobody = 65_534;
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** The databases of tests come with tables; this one shall have none. */
async function emptyPostgres(location: StoreLocation): Promise<void> {
  const store = await openStore(location);
  await sql`drop schema public cascade`.execute(store.db);
  await sql`create schema public`.execute(store.db);
  await store.close();
}
