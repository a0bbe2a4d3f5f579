/** `dbm.sqlite3` (Python 3.13): one table of keys and values. */
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { Entries } from "./read.ts";

const rowSchema = z.object({
  key: z.union([z.instanceof(Uint8Array), z.string()]),
  value: z.union([z.instanceof(Uint8Array), z.string()]),
});

export function isSqlite(bytes: Buffer): boolean {
  return bytes.subarray(0, 16).toString("latin1") === "SQLite format 3\0";
}

export function readSqlite(file: string): Entries {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = z.array(rowSchema).parse(database.prepare("select key, value from Dict").all());
    return new Map(rows.map(({ key, value }) => [textOf(key), textOf(value)]));
  } finally {
    database.close();
  }
}

function textOf(value: Uint8Array | string): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("utf8");
}
