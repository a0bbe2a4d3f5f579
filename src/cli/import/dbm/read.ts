/**
 * Reads the key-value files of Python's module `dbm`, whichever of its libraries wrote them: the format depends on how that
 * Python was built, so that another image of a hub may not open its own file any more. Read alone; nothing is locked or changed.
 */
import { existsSync, readFileSync } from "node:fs";
import { HubError, messageOf } from "../../../kernel/index.ts";
import { isBerkeley, readBerkeley } from "./berkeley.ts";
import { readDumb } from "./dumb.ts";
import { isGdbm, readGdbm } from "./gdbm.ts";
import { isSqlite, readSqlite } from "./sqlite.ts";

export type Entries = ReadonlyMap<string, string>;

/** What `dbm.open(path)` may have made beside or in place of `path`. */
const ENDINGS = ["", ".db", ".dat", ".dir"] as const;

/**
 * @param path as `FirstUseAuthenticator.dbm_path` has it; the library's own ending may be there or not
 * @throws HubError `not-found`, `bad-request` when the file is none of these, or is damaged
 */
export function readDbm(path: string): Entries {
  const base = path.replace(/\.(dat|dir|bak)$/, "");
  if (existsSync(`${base}.dir`) && existsSync(`${base}.dat`))
    return reading(`${base}.dat`, () => readDumb(readFileSync(`${base}.dir`), readFileSync(`${base}.dat`)));
  const file = [path, `${path}.db`].find((candidate) => existsSync(candidate));
  if (file === undefined) {
    const tried = ENDINGS.map((ending) => path + ending).join(", ");
    throw new HubError("not-found", `There is no file of passwords: ${tried} were looked for. Check the path.`);
  }
  return reading(file, () => {
    const bytes = readFileSync(file);
    if (isSqlite(bytes)) return readSqlite(file);
    if (isGdbm(bytes)) return readGdbm(bytes);
    if (isBerkeley(bytes)) return readBerkeley(bytes);
    throw new RangeError("it is written by none of gdbm, Berkeley DB, SQLite and dbm.dumb");
  });
}

function reading(file: string, read: () => Entries): Entries {
  try {
    return read();
  } catch (cause) {
    throw new HubError(
      "bad-request",
      `${file} cannot be read as a dbm file: ${messageOf(cause)}. Copy it again while the old hub is stopped, all its parts together.`,
      { cause },
    );
  }
}
