/** The database of a deployment: copied while it is used, put back, and its migrations tried before they count. */
import { readSecret, readStarted } from "../../cli/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import {
  copyDatabase,
  pendingMigrations,
  rehearseMigrations,
  restoreCopy,
  type StoreLocation,
} from "../../store/index.ts";
import type { DeployedEnvironment } from "./environment.ts";

/** The one that the hub was started with last. */
function locationOf({ paths }: DeployedEnvironment): StoreLocation {
  const { databaseUrl } = readStarted(paths, new Secret(readSecret(paths, "hub.key")));
  return databaseUrl === "sqlite" ? { kind: "sqlite", file: paths.database } : { kind: "postgres", url: databaseUrl };
}

/** Name of the last migration that the database has. */
export async function databaseVersion(environment: DeployedEnvironment): Promise<string | undefined> {
  return (await pendingMigrations(locationOf(environment))).before.at(-1);
}

/** Copies it to a new file, also while the hub works. @throws HubError `usage`, `database-unusable` */
export async function dumpDatabase(environment: DeployedEnvironment, file: string | undefined): Promise<object> {
  const target = needed(file);
  await copyDatabase(locationOf(environment), target);
  return { file: target };
}

/**
 * Tries this program's migrations: on the copy in `file`, or for PostgreSQL in a transaction that is taken back.
 * @throws HubError `database-unusable` when one fails; the database itself is as it was
 */
export async function rehearseDatabase(
  environment: DeployedEnvironment,
  file: string | undefined,
): Promise<{ readonly before: string | null; readonly after: string }> {
  const location = locationOf(environment);
  const copy = needed(file);
  const { before, pending } = await rehearseMigrations(
    location.kind === "sqlite" ? { ...location, file: copy } : location,
  );
  return { before: before.at(-1) ?? null, after: pending.at(-1) ?? before.at(-1) ?? "" };
}

/** Puts a copy in the place of the database, which nobody uses meanwhile. @throws HubError `usage`, `database-unusable` */
export async function restoreDatabase(environment: DeployedEnvironment, file: string | undefined): Promise<object> {
  const kept = await restoreCopy(locationOf(environment), needed(file));
  return { kept: kept ?? null };
}

function needed(file: string | undefined): string {
  if (file === undefined) throw new HubError("usage", "The path of the copy is missing.");
  return file;
}
