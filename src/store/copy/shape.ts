/** What a database consists of, asked of itself: copies hold whatever tables it has. */
import { sql } from "kysely";
import type { Database, DatabaseKind } from "../database.ts";

export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  /** Its ids are counted by the database (column `id`). */
  readonly counted: boolean;
}

/** Tables, those first that others refer to. */
export async function tableShapes(db: Database, kind: DatabaseKind): Promise<readonly TableShape[]> {
  const here = kind === "postgres" ? await currentSchema(db) : undefined;
  const tables = (await db.introspection.getTables())
    .filter(
      ({ isView, schema, name }) => !isView && (here === undefined || schema === here) && !name.startsWith("sqlite_"),
    )
    .map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => column.name),
      counted: columns.some((column) => column.name === "id" && column.isAutoIncrementing),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return inOrder(tables, await references(db, kind, tables));
}

async function currentSchema(db: Database): Promise<string> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  return rows[0]?.schema ?? "public";
}

/** Of each table, those it refers to. */
async function references(
  db: Database,
  kind: DatabaseKind,
  tables: readonly TableShape[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const note = (from: string, to: string) => found.set(from, [...(found.get(from) ?? []), to]);
  if (kind === "sqlite") {
    for (const { name } of tables) {
      const { rows } = await sql<{ table: string }>`select "table" from pragma_foreign_key_list(${name})`.execute(db);
      for (const { table } of rows) note(name, table);
    }
    return found;
  }
  const { rows } = await sql<{ from: string; to: string }>`
    select a.relname as "from", b.relname as "to" from pg_constraint c
    join pg_class a on a.oid = c.conrelid join pg_class b on b.oid = c.confrelid
    where c.contype = 'f' and c.connamespace = current_schema()::regnamespace`.execute(db);
  for (const { from, to } of rows) note(from, to);
  return found;
}

function inOrder(
  tables: readonly TableShape[],
  references: ReadonlyMap<string, readonly string[]>,
): readonly TableShape[] {
  const done = new Map<string, TableShape>();
  while (done.size < tables.length) {
    const next = tables.filter(
      ({ name }) => !done.has(name) && (references.get(name) ?? []).every((other) => other === name || done.has(other)),
    );
    if (next.length === 0) throw new Error("the tables refer to each other in a circle");
    for (const table of next) done.set(table.name, table);
  }
  return [...done.values()];
}

/** The highest id that was ever given, of each counted table. */
export async function countersOf(
  db: Database,
  kind: DatabaseKind,
  tables: readonly TableShape[],
): Promise<Readonly<Record<string, number>>> {
  const counters: Record<string, number> = {};
  for (const { name } of tables.filter(({ counted }) => counted)) {
    const query =
      kind === "sqlite"
        ? sql<{ value: number }>`select seq as value from sqlite_sequence where name = ${name}`
        : sql<{ value: number | null }>`select last_value as value from pg_sequences
            where (quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass
              = pg_get_serial_sequence(${name}, 'id')::regclass`;
    const value = (await query.execute(db)).rows[0]?.value;
    if (typeof value === "number") counters[name] = value;
  }
  return counters;
}

export async function setCounter(db: Database, kind: DatabaseKind, table: string, value: number): Promise<void> {
  if (kind === "sqlite") {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${value})`.execute(db);
  } else {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id')::regclass, ${value}::bigint)`.execute(db);
  }
}
