/** Fills a database with what another one held. */
import { sql } from "kysely";
import { HubError, isoTime } from "../../kernel/index.ts";
import type { Database, DatabaseKind } from "../database.ts";
import { migrate, migrations, mustKnow } from "../migrate.ts";
import { openStore, redactUrl, type StoreLocation, unusableAt } from "../open.ts";
import { type DumpLine, type Row, RowTally, rowsOf, type Tally } from "./dump.ts";
import { setCounter, type TableShape, tableShapes } from "./shape.ts";

const ROWS_AT_ONCE = 200;

export interface LoadOptions {
  /** Do it although there are people in it; they are lost. */
  readonly replace: boolean;
}

/**
 * Loads a dump in one transaction: all of it, or nothing changes. It is brought up to date afterwards.
 * @returns rows in all
 * @throws HubError `conflict` when there are people in it and `replace` is not said, `database-unusable`
 */
export async function loadDatabase(
  location: StoreLocation,
  lines: AsyncIterable<DumpLine>,
  { replace }: LoadOptions,
): Promise<number> {
  const store = await openStore(location);
  const { db, kind } = store;
  try {
    const people = await db
      .selectFrom("users")
      .select((b) => b.fn.countAll().as("count"))
      .executeTakeFirst();
    if (!replace && Number(people?.count ?? 0) > 0) {
      const where = location.kind === "sqlite" ? location.file : redactUrl(location.url);
      throw new HubError(
        "conflict",
        `There are people in the database ${where}, and loading would replace them. Name an empty one, or say that you mean it.`,
      );
    }
    const rows = await db.transaction().execute((transaction) => load(transaction, kind, lines));
    await migrate(db, kind);
    return rows;
  } catch (error) {
    throw error instanceof HubError ? error : unusableAt(location, error);
  } finally {
    await store.close();
  }
}

async function load(db: Database, kind: DatabaseKind, lines: AsyncIterable<DumpLine>): Promise<number> {
  let loader: Loader | undefined;
  for await (const line of lines) {
    if ("hublet-database" in line) {
      mustKnow(line.migrations, kind);
      await makeTables(db, kind, line.migrations);
      loader = new Loader(db, await matching(db, kind, line.tables));
    } else if (loader === undefined) throw damaged("it has no head");
    else if (Array.isArray(line)) await loader.row(line);
    else if ("table" in line) await loader.begin(line.table);
    else {
      await loader.flush();
      await verify(db, kind, loader.tables, line.end);
      for (const [table, value] of Object.entries(line.counters)) await setCounter(db, kind, table, value);
      return Object.values(line.end).reduce((sum, { rows }) => sum + rows, 0);
    }
  }
  throw damaged("its end is missing");
}

/** Tables as they were where the dump was made: later steps are done with the rows in them. */
async function makeTables(db: Database, kind: DatabaseKind, applied: readonly string[]): Promise<void> {
  for (const { name } of [...(await tableShapes(db, kind))].reverse()) await db.schema.dropTable(name).execute();
  await sql`delete from kysely_migration`.execute(db);
  const known = migrations(kind);
  for (const name of applied) {
    await known[name]?.up(db);
    await sql`insert into kysely_migration (name, timestamp) values (${name}, ${isoTime(Date.now())})`.execute(db);
  }
}

/** The dump's tables with its order of columns. */
async function matching(
  db: Database,
  kind: DatabaseKind,
  dumped: readonly { readonly name: string; readonly columns: readonly string[] }[],
): Promise<readonly TableShape[]> {
  const shapes = await tableShapes(db, kind);
  const text = (tables: readonly { readonly name: string; readonly columns: readonly string[] }[]) =>
    tables
      .map(({ name, columns }) => `${name}: ${[...columns].sort().join()}`)
      .sort()
      .join("; ");
  if (text(shapes) !== text(dumped)) throw damaged("its tables are not those of its version");
  return dumped.map((table) => ({
    ...table,
    counted: shapes.find(({ name }) => name === table.name)?.counted === true,
  }));
}

class Loader {
  readonly tables: readonly TableShape[];
  readonly #db: Database;
  #table: TableShape | undefined;
  #rows: Row[] = [];

  constructor(db: Database, tables: readonly TableShape[]) {
    this.#db = db;
    this.tables = tables;
  }

  async begin(name: string): Promise<void> {
    await this.flush();
    this.#table = this.tables.find((table) => table.name === name);
    if (this.#table === undefined) throw damaged(`it has rows of an unknown table ${name}`);
  }

  async row(row: Row): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= ROWS_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    const table = this.#table;
    if (this.#rows.length === 0 || table === undefined) return;
    const rows = this.#rows.map((row) => sql`(${sql.join(row)})`);
    const columns = sql.join(table.columns.map((column) => sql.ref(column)));
    await sql`insert into ${sql.table(table.name)} (${columns}) values ${sql.join(rows)}`.execute(this.#db);
    this.#rows = [];
  }
}

async function verify(
  db: Database,
  kind: DatabaseKind,
  tables: readonly TableShape[],
  expected: Readonly<Record<string, Tally>>,
): Promise<void> {
  for (const table of tables) {
    const tally = new RowTally();
    for await (const row of rowsOf(db, kind, table)) tally.add(row);
    const wanted = expected[table.name];
    if (wanted?.rows === tally.tally.rows && wanted.digest === tally.tally.digest) continue;
    throw damaged(`the table ${table.name} has other rows than it had (${tally.tally.rows}, not ${wanted?.rows ?? 0})`);
  }
}

function damaged(why: string): HubError {
  return new HubError(
    "database-unusable",
    `The copy of the database cannot be loaded: ${why}. Nothing was changed. Use another copy.`,
  );
}
