/** Bringing a copy of the database up to date, to know before whether that will work. */
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { HubError, randomHex } from "../../kernel/index.ts";
import type { Database } from "../database.ts";
import { appliedMigrations, migrations, mustKnow } from "../migrate.ts";
import { openAsIs, openStore, type StoreLocation, unusableAt } from "../open.ts";
import { copyDatabase } from "./copy.ts";
import { tableShapes } from "./shape.ts";

export interface Rehearsal {
  /** Names of the steps that the database has. */
  readonly before: readonly string[];
  /** Those that it lacks: they were tried on a copy. */
  readonly pending: readonly string[];
}

/** What is thrown to end a transaction that must leave nothing. */
class Undo extends Error {}

/** The steps that a database has and lacks. @throws HubError `database-unusable`, also when a newer Hublet has changed it */
export async function pendingMigrations(location: StoreLocation): Promise<Rehearsal> {
  const store = await openAsIs(location);
  try {
    return await pendingOf(store.db, location);
  } finally {
    await store.close();
  }
}

/**
 * Does the pending steps on a copy with all rows: of SQLite on a copy of the file beside it, of PostgreSQL in a schema of its own in a
 * transaction that is rolled back. A hub may use the database meanwhile.
 * @throws HubError `database-unusable`, `disk-full`
 */
export async function rehearseMigrations(location: StoreLocation): Promise<Rehearsal> {
  if (location.kind === "sqlite") {
    const rehearsal = await pendingMigrations(location);
    if (rehearsal.pending.length === 0) return rehearsal;
    const folder = await mkdtemp(join(dirname(location.file), "rehearsal-"));
    try {
      const file = join(folder, "copy.db");
      await copyDatabase(location, file);
      await (await openStore({ kind: "sqlite", file })).close();
      return rehearsal;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const store = await openAsIs(location);
  try {
    const rehearsal = await pendingOf(store.db, location);
    if (rehearsal.pending.length > 0) await rehearseInSchema(store.db, rehearsal);
    return rehearsal;
  } catch (error) {
    throw error instanceof HubError ? error : unusableAt(location, error);
  } finally {
    await store.close();
  }
}

async function pendingOf(db: Database, location: StoreLocation): Promise<Rehearsal> {
  try {
    const before = await appliedMigrations(db);
    mustKnow(before, location.kind);
    return { before, pending: Object.keys(migrations(location.kind)).filter((name) => !before.includes(name)) };
  } catch (error) {
    throw unusableAt(location, error);
  }
}

async function rehearseInSchema(db: Database, { before, pending }: Rehearsal): Promise<void> {
  const known = migrations("postgres");
  const schema = `hublet_rehearsal_${randomHex(4)}`;
  const rehearsed = db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (transaction) => {
      const { rows } = await sql<{ live: string }>`select current_schema() as live`.execute(transaction);
      const live = rows[0]?.live ?? "public";
      const tables = before.length === 0 ? [] : await tableShapes(transaction, "postgres");
      await sql`create schema ${sql.ref(schema)}`.execute(transaction);
      await sql`set local search_path to ${sql.ref(schema)}`.execute(transaction);
      for (const name of before) await known[name]?.up(transaction);
      for (const { name, columns } of tables) {
        const list = sql.join(columns.map((column) => sql.ref(column)));
        await sql`insert into ${sql.id(schema, name)} (${list}) select ${list} from ${sql.id(live, name)}`.execute(
          transaction,
        );
      }
      for (const name of pending) await known[name]?.up(transaction);
      throw new Undo();
    });
  await rehearsed.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
}
