/** Copies of a whole database in a file, taken while a hub uses it. */
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { HubError, isDiskFull, randomHex, systemCode } from "../../kernel/index.ts";
import { openAsIs, type StoreLocation, unusableAt } from "../open.ts";
import { asBytes, type DumpLine, dumpLines, fromBytes } from "./dump.ts";
import { loadDatabase } from "./load.ts";

const SQLITE_HEAD = "SQLite format 3\0";

/**
 * Writes a consistent copy of a database, which may be in use and is not brought up to date: of SQLite a database file, of
 * PostgreSQL a dump that loads into both. Mode 0600; there as a whole, or not at all; replaces.
 * @throws HubError `database-unusable`, `disk-full`
 */
export async function copyDatabase(location: StoreLocation, file: string): Promise<void> {
  const part = `${file}.${randomHex(4)}.part`;
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      if (location.kind === "sqlite") vacuumInto(location.file, part);
      else await writeDump(location, (bytes) => handle.writeFile(bytes));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof HubError) throw error;
    if (isDiskFull(error) || (error instanceof Error && /database or disk is full/.test(error.message)))
      throw new HubError("disk-full", `No space is left for the copy ${file} of the database. Free some space there.`);
    throw unusableAt(location, error);
  }
}

function vacuumInto(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    database.exec("pragma busy_timeout = 5000");
    database.prepare("vacuum into ?").run(to);
  } finally {
    database.close();
  }
}

async function writeDump(location: StoreLocation, write: (bytes: Buffer) => Promise<void>): Promise<void> {
  const store = await openAsIs(location);
  try {
    for await (const bytes of asBytes(dumpLines(store))) await write(bytes);
  } finally {
    await store.close();
  }
}

/**
 * Puts a copy (of `copyDatabase`, of either kind) in the place of a database that nobody uses. Of SQLite the old file is kept beside
 * it.
 * @returns where the old file is now, when there was one
 * @throws HubError `not-found`, `database-unusable`
 */
export async function restoreCopy(location: StoreLocation, file: string): Promise<string | undefined> {
  const from = (await isSqlite(file)) ? linesOf({ kind: "sqlite", file }) : fromBytes(createReadStream(file));
  return await replaceDatabase(location, from);
}

/**
 * Puts a dump in the place of a database that nobody uses. PostgreSQL: in one transaction. SQLite: a new file, then the old one is
 * renamed to `FILE.before-TIME`.
 */
export async function replaceDatabase(
  location: StoreLocation,
  lines: AsyncIterable<DumpLine>,
): Promise<string | undefined> {
  if (location.kind === "postgres") {
    await loadDatabase(location, lines, { replace: true });
    return undefined;
  }
  const fresh = `${location.file}.${randomHex(4)}.new`;
  try {
    await loadDatabase({ kind: "sqlite", file: fresh }, lines, { replace: true });
    const kept = await moveAside(location.file);
    await rename(fresh, location.file);
    return kept;
  } finally {
    for (const tail of ["", "-wal", "-shm"]) await rm(`${fresh}${tail}`, { force: true });
  }
}

async function moveAside(file: string): Promise<string | undefined> {
  if ((await stat(file).catch(() => undefined)) === undefined) return undefined;
  const kept = `${file}.before-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  // The log belongs to the file: what it holds would be written into the new one.
  for (const tail of ["-wal", "-shm", ""]) {
    await rename(`${file}${tail}`, `${kept}${tail}`).catch((error: unknown) => {
      if (systemCode(error) !== "ENOENT") throw error;
    });
  }
  return kept;
}

async function isSqlite(file: string): Promise<boolean> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if (systemCode(error) !== "ENOENT") throw error;
    throw new HubError("not-found", `There is no copy of the database at ${file}.`);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString("latin1", 0, bytesRead) === SQLITE_HEAD;
  } finally {
    await handle.close();
  }
}

/** A database as a dump. @throws HubError `database-unusable` */
export async function* linesOf(location: StoreLocation): AsyncGenerator<DumpLine> {
  const store = await openAsIs(location);
  try {
    yield* dumpLines(store);
  } finally {
    await store.close();
  }
}

/**
 * Copies all of a database into an empty one, of the same or the other kind, and compares them row by row. The old one stays as it is.
 * @returns rows in all
 * @throws HubError `conflict` when there are people in the new one, `database-unusable`
 */
export async function moveDatabase(from: StoreLocation, to: StoreLocation): Promise<number> {
  return await loadDatabase(to, linesOf(from), { replace: false });
}
