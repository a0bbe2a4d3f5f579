/** People for tests of rows. */
import assert from "node:assert/strict";
import { isoTime } from "../kernel/index.ts";
import { type Database, insertUsers } from "./index.ts";

/** ISO-8601, so many seconds after the moment at which these tests begin. */
export const at = (seconds: number) => isoTime(1_900_000_000_000 + seconds * 1000);

/** @returns the id of the new row */
export async function person(db: Database, name: string): Promise<number> {
  const [row] = await insertUsers(db, [{ name, admin: false, created: at(0), cookieId: name }]);
  assert.ok(row !== undefined);
  return row.id;
}
