/** `node:sqlite` in the shape that Kysely's SQLite dialect expects (that of better-sqlite3). */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { systemCode } from "../../kernel/index.ts";

/** A database file that SQLite could open but whose contents are damaged. */
export class DamagedDatabase extends Error {}

/**
 * Opens a database file (`:memory:` for tests), readable by its owner alone. Write-ahead logging lets the CLI read
 * while the hub writes; `synchronous=full` keeps a committed row through a power cut, since a lost row could be a
 * lost claim.
 * @throws DamagedDatabase, or SQLite's own error
 */
export function openSqlite(file: string): SqliteDatabase {
  if (file !== ":memory:") keepToOwner(file);
  const database = new DatabaseSync(file);
  try {
    database.exec("pragma busy_timeout = 5000; pragma foreign_keys = on");
    const damage = database.prepare("pragma quick_check(1)").get();
    if (damage?.quick_check !== "ok") throw new DamagedDatabase(String(damage?.quick_check));
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
  } catch (error) {
    database.close();
    throw error;
  }
  // Kysely begins transactions as readers. One that writes after another process did (the CLI beside the hub)
  // would fail at once with SQLITE_BUSY_SNAPSHOT; taking the write lock first waits instead.
  return forKysely(database, "begin immediate");
}

/** Opens an existing file to read it, also beside a hub that writes it: a transaction sees one moment. @throws SQLite's own error */
export function openSqliteToRead(file: string): SqliteDatabase {
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec("pragma busy_timeout = 5000");
  return forKysely(database, "begin");
}

function forKysely(database: DatabaseSync, begin: string): SqliteDatabase {
  return {
    close: () => {
      database.close();
    },
    prepare: (text) => {
      const statement = database.prepare(text === "begin" ? begin : text);
      const reader = statement.columns().length > 0;
      return {
        reader,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => {
          const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]));
          return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
        },
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      } satisfies SqliteStatement;
    },
  };
}

/**
 * Creates the file for its owner alone, or takes an existing one back from others. SQLite gives its side files
 * (`-wal`, `-shm`) the mode of the main file, so that one must be right from the start. An existing file must not be
 * opened here: closing it would drop the locks that another connection of this process holds on it (POSIX).
 */
function keepToOwner(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    try {
      closeSync(openSync(file, "wx", 0o600));
    } catch (error) {
      // Another process was first, with the same mode.
      if (systemCode(error) !== "EEXIST") throw error;
    }
  } else if (found.isFile() && (found.mode & 0o077) !== 0 && found.uid === process.geteuid?.()) {
    chmodSync(file, 0o600);
  }
}
