/** Opens the database of a hub and brings its tables up to date. */
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";
import { type Closable, HubError, messageOf } from "../kernel/index.ts";
import { initial } from "./migrations/0001-initial.ts";
import { openSqlite } from "./sqlite/driver.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;
export type DatabaseKind = "sqlite" | "postgres";

export interface Store extends Closable {
  readonly db: Database;
  readonly kind: DatabaseKind;
}

export type StoreLocation =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string };

/**
 * Opens, migrates and returns the store.
 * @throws HubError `database-unusable` saying which database and why
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const where = location.kind === "sqlite" ? location.file : redactUrl(location.url);
  let db: Database | undefined;
  try {
    db = new Kysely<Tables>({ dialect: dialectOf(location) });
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => migrations(location.kind) },
    }).migrateToLatest();
    if (error !== undefined) throw error;
    const opened = db;
    return { db: opened, kind: location.kind, close: () => opened.destroy() };
  } catch (error) {
    await db?.destroy();
    throw new HubError(
      "database-unusable",
      `The database ${where} cannot be used: ${messageOf(error)}. Check “database” in hublet.yaml, that the server runs, and that the disk has space.`,
      { cause: error },
    );
  }
}

function dialectOf(location: StoreLocation): SqliteDialect | PostgresDialect {
  if (location.kind === "sqlite") return new SqliteDialect({ database: async () => openSqlite(location.file) });
  return new PostgresDialect({
    pool: new pg.Pool({ connectionString: location.url, max: 8, connectionTimeoutMillis: 5000 }),
  });
}

function migrations(kind: DatabaseKind): Record<string, Migration> {
  return { "0001-initial": initial(kind) };
}

/** The address without its password, for messages. */
export function redactUrl(url: string): string {
  return url.replace(/\/\/([^:@/]*):[^@/]*@/, "//$1:…@");
}
