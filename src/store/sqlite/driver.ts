/** `node:sqlite` in the shape that Kysely's SQLite dialect expects (that of better-sqlite3). */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/**
 * Opens a database file (`:memory:` for tests). Write-ahead logging lets the CLI read while the hub writes;
 * `synchronous=full` keeps a committed row through a power cut, since a lost row could be a lost claim.
 */
export function openSqlite(file: string): SqliteDatabase {
  const database = new DatabaseSync(file);
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000",
  );
  return {
    close: () => {
      database.close();
    },
    prepare: (text) => {
      const statement = database.prepare(text);
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
