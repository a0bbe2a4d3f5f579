/**
 * What the hub was started with by `up` or `apply` of those keys that need it to be started again: a hub that is started again meanwhile,
 * because it crashed, goes on with them. Without that, an edit that waits for a quiet hour would come into force at a
 * crash: another database, with nobody in it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { ConfigSnapshot } from "../../config/index.ts";
import { configSchema } from "../../contract/index.ts";
import { createSealer, HubError, type Secret } from "../../kernel/index.ts";
import type { StatePaths } from "../instance.ts";

const { listen, engine, engineSocket, database, registry } = configSchema.shape;
const startedSchema = z.object({
  keys: z.object({ listen, engine, engineSocket, database, registry, redirectFrom: z.number().nullable() }),
  /** Sealed: an address has its password in it. */
  database: z.string(),
  /** Names what `apply` settled. */
  settled: z.string().optional(),
});

interface Started {
  readonly keys: z.output<typeof startedSchema>["keys"];
  /** `sqlite`, or the database's address with its password. */
  readonly databaseUrl: string;
}

const PURPOSE = "started-database";

export interface StartedOptions {
  /** The deployment's own database, when the configuration leaves it to that. */
  readonly databaseUrl?: string | undefined;
  /** Names what `apply` settled, for `keepStarted`. */
  readonly settled?: string | undefined;
}

export function writeStarted(
  paths: StatePaths,
  { config, secret }: Pick<ConfigSnapshot, "config" | "secret">,
  hubKey: Secret,
  { databaseUrl, settled }: StartedOptions = {},
): void {
  const configured = typeof config.database === "string" ? config.database : secret(config.database).reveal();
  const database = createSealer(hubKey).seal(PURPOSE, databaseUrl ?? configured);
  // A port that was kept is among the keys already.
  const keys = { redirectFrom: config.tls?.redirectFrom ?? null, ...config };
  const text = JSON.stringify(startedSchema.parse({ keys, database, settled }));
  writeFileSync(paths.started, text, { mode: 0o600 });
}

/**
 * For a hub that systemd starts again: whether it goes on with what it was started with, since nobody has applied
 * anything else meanwhile. A new value of the same secret is taken over: the old password may be void.
 * @param snapshot undefined while the files have mistakes
 */
export function keepStarted(
  paths: StatePaths,
  snapshot: Pick<ConfigSnapshot, "config" | "secret"> | undefined,
  hubKey: Secret,
  settled: string | undefined,
): boolean {
  const kept = startedFile(paths);
  if (kept === undefined || kept.settled !== settled) return false;
  const secretAddress = typeof kept.keys.database !== "string";
  if (snapshot !== undefined && secretAddress && isDeepStrictEqual(kept.keys.database, snapshot.config.database))
    writeStarted(paths, { ...snapshot, config: { ...snapshot.config, ...kept.keys } }, hubKey, { settled });
  return true;
}

function startedFile(paths: StatePaths): z.output<typeof startedSchema> | undefined {
  try {
    return startedSchema.parse(JSON.parse(readFileSync(paths.started, "utf8")));
  } catch {
    return undefined; // the first start, or a file of another version
  }
}

/** @throws HubError `state-unusable` when the hub's key is another one than that it was written with */
export function readStarted(paths: StatePaths, hubKey: Secret): Started {
  const { keys, database } = startedSchema.parse(JSON.parse(readFileSync(paths.started, "utf8")));
  const databaseUrl = createSealer(hubKey).open(PURPOSE, database)?.reveal();
  if (databaseUrl === undefined)
    throw new HubError(
      "state-unusable",
      `${paths.started} was written with another key of the hub. Start Hublet again, so that it is written anew.`,
    );
  return { keys, databaseUrl };
}
