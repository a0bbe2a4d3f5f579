/**
 * A database as lines of JSON, the same for SQLite and PostgreSQL, read in one transaction: a head with its migrations and tables, then
 * each table's rows as lists of values, then an end with counts and digests. It can be loaded into either.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import type { Database, DatabaseKind } from "../database.ts";
import { appliedMigrations } from "../migrate.ts";
import type { Store } from "../open.ts";
import { countersOf, type TableShape, tableShapes } from "./shape.ts";

const ROWS_AT_ONCE = 1000;

const value = z.union([z.string(), z.number(), z.null()]);
const tally = z.object({ rows: z.number(), digest: z.string() });
export const lineSchema = z.union([
  z.object({
    "hublet-database": z.literal(1),
    kind: z.enum(["sqlite", "postgres"]),
    migrations: z.array(z.string()),
    tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  }),
  z.object({ table: z.string() }),
  z.array(value),
  z.object({ end: z.record(z.string(), tally), counters: z.record(z.string(), z.number()) }),
]);
export type DumpLine = z.infer<typeof lineSchema>;
export type Row = z.infer<typeof value>[];
/** Of one table. */
export type Tally = z.infer<typeof tally>;

/** Counts rows, and sums up their hashes: the order in which they come does not matter. */
export class RowTally {
  #rows = 0;
  #sum = 0n;

  add(row: Row): void {
    this.#rows += 1;
    const hash = createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 32);
    this.#sum = BigInt.asUintN(128, this.#sum + BigInt(`0x${hash}`));
  }

  get tally(): Tally {
    return { rows: this.#rows, digest: this.#sum.toString(16).padStart(32, "0") };
  }
}

/** @param store opened as it is; it is in one transaction until the last line was taken */
export async function* dumpLines(store: Store): AsyncGenerator<DumpLine> {
  const { db, kind } = store;
  const transaction = await (kind === "postgres"
    ? db.startTransaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute()
    : db.startTransaction().execute());
  try {
    const tables = await tableShapes(transaction, kind);
    yield {
      "hublet-database": 1,
      kind,
      migrations: [...(await appliedMigrations(transaction))],
      tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
    };
    const end: Record<string, Tally> = {};
    for (const table of tables) {
      yield { table: table.name };
      const tally = new RowTally();
      for await (const row of rowsOf(transaction, kind, table)) {
        tally.add(row);
        yield row;
      }
      end[table.name] = tally.tally;
    }
    yield { end, counters: await countersOf(transaction, kind, tables) };
  } finally {
    await transaction.rollback().execute();
  }
}

/** Rows as lists of values in the order of `columns`, in pieces, in the order of the first columns. */
export async function* rowsOf(db: Database, kind: DatabaseKind, table: TableShape): AsyncGenerator<Row> {
  const columns = sql.join(table.columns.map((column) => sql.ref(column)));
  const from = sql.table(table.name);
  const list = (row: Readonly<Record<string, unknown>>): Row => table.columns.map((column) => value.parse(row[column]));
  if (kind === "sqlite") {
    for (let after = -1; ; ) {
      const { rows } = await sql<Record<string, unknown> & { "copy rowid": number }>`
        select rowid as "copy rowid", ${columns} from ${from} where rowid > ${after}
        order by rowid limit ${sql.lit(ROWS_AT_ONCE)}`.execute(db);
      for (const row of rows) yield list(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last["copy rowid"];
    }
  }
  const order = sql.join(table.columns.slice(0, 3).map((column) => sql.ref(column)));
  await sql`declare copying no scroll cursor for select ${columns} from ${from} order by ${order}`.execute(db);
  for (;;) {
    const { rows } = await sql<Record<string, unknown>>`fetch ${sql.lit(ROWS_AT_ONCE)} from copying`.execute(db);
    if (rows.length === 0) break;
    for (const row of rows) yield list(row);
  }
  await sql`close copying`.execute(db);
}

/** Lines as bytes, some at a time. */
export async function* asBytes(lines: AsyncIterable<DumpLine>): AsyncGenerator<Buffer> {
  let text = "";
  for await (const line of lines) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length < 64 * 1024) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

/** @throws ZodError, SyntaxError for what is no dump */
export async function* fromBytes(bytes: AsyncIterable<Buffer>): AsyncGenerator<DumpLine> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield lineSchema.parse(JSON.parse(line));
  }
  if (rest !== "") yield lineSchema.parse(JSON.parse(rest));
}
