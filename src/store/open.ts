/** Opens the database of a hub and brings its tables up to date. */
import { type Dialect, Kysely, PostgresDialect, sql } from "kysely";
import type { Closable, HubError } from "../kernel/index.ts";
import type { Database, DatabaseKind } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./postgres/driver.ts";
import { orderlySqlite } from "./sqlite/dialect.ts";
import { openSqlite, openSqliteToRead } from "./sqlite/driver.ts";
import type { Tables } from "./tables.ts";
import { postgresUnusable, sqliteUnusable } from "./unusable.ts";

export type { Database, DatabaseKind } from "./database.ts";

export interface Store extends Closable {
  readonly db: Database;
  readonly kind: DatabaseKind;
}

export type StoreLocation =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string };

/**
 * Opens, migrates and returns the store. A new SQLite file is readable by its owner alone; several processes may
 * open the same database at once.
 * @throws HubError `database-unusable` saying which database, why, and what to do
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const { kind } = location;
  let db: Database | undefined;
  try {
    db = new Kysely<Tables>({ dialect: dialectOf(location) });
    if (kind === "postgres") await requireUtf8(db);
    await migrate(db, kind);
    const opened = db;
    return { db: opened, kind, close: () => opened.destroy() };
  } catch (error) {
    await db?.destroy();
    throw unusableAt(location, error);
  }
}

/**
 * Opens an existing database as it is, without bringing it up to date: for copies, beside a hub that uses it. SQLite is opened to be
 * read only.
 * @throws HubError `database-unusable`
 */
export async function openAsIs(location: StoreLocation): Promise<Store> {
  const { kind } = location;
  const dialect =
    location.kind === "sqlite"
      ? orderlySqlite({ database: async () => openSqliteToRead(location.file) })
      : new PostgresDialect({ pool: async () => openPostgres(location.url, { patient: true }) });
  const db: Database = new Kysely<Tables>({ dialect });
  try {
    await sql`select 1`.execute(db);
    return { db, kind, close: () => db.destroy() };
  } catch (error) {
    await db.destroy().catch(() => undefined); // the first error is the one that tells
    throw unusableAt(location, error);
  }
}

/** The error of a database, in words. */
export function unusableAt(location: StoreLocation, error: unknown): HubError {
  return location.kind === "sqlite"
    ? sqliteUnusable(location.file, error)
    : postgresUnusable(redactUrl(location.url), error);
}

function dialectOf(location: StoreLocation): Dialect {
  if (location.kind === "sqlite") return orderlySqlite({ database: async () => openSqlite(location.file) });
  return new PostgresDialect({ pool: async () => openPostgres(location.url) });
}

async function requireUtf8(db: Database): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(db);
  const encoding = rows[0]?.server_encoding;
  if (encoding !== "UTF8") {
    throw new Error(
      `it is encoded as ${encoding}, and names need UTF8 (createdb --encoding=UTF8 --template=template0)`,
    );
  }
}

/** The address without its password and without options (which may carry one), for messages. */
export function redactUrl(url: string): string {
  const [address = ""] = url.split("?", 1);
  // Greedy up to the last “@”: a password may contain one.
  return address.replace(/\/\/([^:@/]*):.*@/, "//$1:…@");
}
