/** Brings the tables of a database up to date. */
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Database, DatabaseKind } from "./database.ts";
import { initial } from "./migrations/0001-initial.ts";
import { people } from "./migrations/0002-people.ts";
import { numbers } from "./migrations/0003-numbers.ts";
import { NewerDatabase } from "./unusable.ts";

/**
 * Runs the missing migrations under a lock, all or none, so that processes which start together do it once.
 * @throws NewerDatabase when the database has a migration that this program does not know
 */
export async function migrate(db: Database, kind: DatabaseKind): Promise<void> {
  await db.connection().execute(async (connection) => {
    if (kind === "postgres") {
      // Kysely takes an advisory lock and a transaction itself, but creates its own two tables before that.
      await refuseNewer(connection, kind);
      await run(connection, kind);
      return;
    }
    // Kysely has no lock for SQLite, since most engines cannot undo a change of tables. SQLite can.
    await sql`begin immediate`.execute(connection);
    try {
      await refuseNewer(connection, kind);
      await run(connection, kind);
      await sql`commit`.execute(connection);
    } catch (error) {
      // After a full disk SQLite has rolled back already; the first error is the one that tells.
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}

async function run(db: Database, kind: DatabaseKind): Promise<void> {
  const provider = { getMigrations: async () => migrations(kind) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}

async function refuseNewer(db: Database, kind: DatabaseKind): Promise<void> {
  mustKnow(await appliedMigrations(db), kind);
}

/** @throws NewerDatabase */
export function mustKnow(applied: readonly string[], kind: DatabaseKind): void {
  const known = Object.keys(migrations(kind));
  const unknown = applied.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new NewerDatabase(
      `a newer Hublet has changed it (step “${unknown}”; this version knows up to “${known.at(-1)}”)`,
    );
  }
}

/** Names of the steps that a database has. None when it is empty. */
export async function appliedMigrations(db: Database): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** The steps that this program knows, in order. */
export function migrations(kind: DatabaseKind): Record<string, Migration> {
  return { "0001-initial": initial(kind), "0002-people": people(kind), "0003-numbers": numbers() };
}
