/** Why a database cannot be used, and what to do about it, in words for the operator. */
import { dirname } from "node:path";
import { HubError, messageOf, systemCode } from "../kernel/index.ts";
import { DamagedDatabase } from "./sqlite/driver.ts";

/** A database whose tables a newer version of this program has changed. */
export class NewerDatabase extends Error {}

/** @param where file name, or address without password */
export function sqliteUnusable(where: string, error: unknown): HubError {
  const folder = dirname(where);
  if (error instanceof NewerDatabase) return unusable(where, error.message, NEWER, error);
  if (error instanceof DamagedDatabase) {
    return unusable(where, `it is damaged (${error.message})`, `${RESTORE} Keep the damaged file aside.`, error);
  }
  switch (sqliteCode(error)) {
    case 5:
    case 6:
      return unusable(
        where,
        "another program holds it",
        "End the other program, or wait until it has finished.",
        error,
      );
    case 8:
      return unusable(where, "it may not be written", access(where, folder), error);
    case 10:
      return unusable(
        where,
        `reading or writing failed (${messageOf(error)})`,
        `Check that the disk of ${folder} has space, allows files of that size and is sound.`,
        error,
      );
    case 11:
      return unusable(where, `it is damaged (${messageOf(error)})`, `${RESTORE} Keep the damaged file aside.`, error);
    case 13:
      return unusable(where, "the disk is full", `Make room on the disk of ${folder}.`, error);
    case 14:
      return unusable(where, "it cannot be opened", access(where, folder), error);
    case 26:
      return unusable(where, "it is not a database", `Move it away, or name another folder for the state.`, error);
  }
  switch (systemCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return unusable(where, `the folder ${folder} does not exist`, "Create it, or name another one.", error);
    case "EACCES":
    case "EPERM":
      return unusable(where, "this account may not write it", access(where, folder), error);
    case "EROFS":
      return unusable(where, `the disk of ${folder} is mounted read-only`, "Name a folder that can be written.", error);
    case "EISDIR":
      return unusable(where, "it is a folder", "Move it away, or name another folder for the state.", error);
    case "ENOSPC":
    case "EDQUOT":
      return unusable(where, "the disk is full", `Make room on the disk of ${folder}.`, error);
  }
  return unusable(where, messageOf(error), `Check the file and the disk of ${folder}.`, error);
}

/** @param where address without password */
export function postgresUnusable(where: string, error: unknown): HubError {
  if (error instanceof NewerDatabase) return unusable(where, error.message, NEWER, error);
  const code = systemCode(error);
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return unusable(where, "nothing answers there", "Start PostgreSQL, or correct “database” in hublet.yaml.", error);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unusable(where, "its host is unknown", "Correct the host in “database” in hublet.yaml.", error);
    case "28P01":
    case "28000":
      return unusable(
        where,
        `PostgreSQL refuses the sign-in (${messageOf(error)})`,
        "Correct user and password in “database” in hublet.yaml, or allow the connection in pg_hba.conf.",
        error,
      );
    case "3D000":
      return unusable(where, messageOf(error), "Create it (createdb), or correct “database” in hublet.yaml.", error);
    case "42501":
      return unusable(where, messageOf(error), "Make Hublet's user the owner of the database.", error);
    case "53300":
      return unusable(where, "it has no connection left", "Raise max_connections, or end other programs.", error);
    case "53100":
      return unusable(where, "its disk is full", "Make room on the disk of PostgreSQL.", error);
  }
  return unusable(where, messageOf(error), "Check “database” in hublet.yaml, and that PostgreSQL runs.", error);
}

const NEWER = "Update Hublet, or restore a backup that this version made.";
const RESTORE = "Restore it from a backup.";

function access(where: string, folder: string): string {
  return `Give the account that runs Hublet the right to write ${where} and its folder ${folder}.`;
}

function unusable(where: string, why: string, what: string, cause: unknown): HubError {
  return new HubError("database-unusable", `The database ${where} cannot be used: ${why}. ${what}`, { cause });
}

/** SQLite's primary result code: the lower byte of the extended one. */
function sqliteCode(error: unknown): number | undefined {
  if (error instanceof Error && "errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  return undefined;
}
