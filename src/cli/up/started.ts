/**
 * What `hublet up` was started with of those keys that need it to be started again: a hub that is started again meanwhile,
 * because it crashed, goes on with them. Without that, an edit that waits for a quiet hour would come into force at a
 * crash: another database, with nobody in it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ConfigSnapshot } from "../../config/index.ts";
import { configSchema } from "../../contract/index.ts";
import { createSealer, HubError, type Secret } from "../../kernel/index.ts";
import type { StatePaths } from "../instance.ts";

const { listen, engine, engineSocket, database } = configSchema.shape;
const startedSchema = z.object({
  keys: z.object({ listen, engine, engineSocket, database }),
  /** Sealed: an address has its password in it. */
  database: z.string(),
});

interface Started {
  readonly keys: z.output<typeof startedSchema>["keys"];
  /** `sqlite`, or the database's address with its password. */
  readonly databaseUrl: string;
}

const PURPOSE = "started-database";

/** @param databaseUrl the deployment's own database, when the configuration leaves it to that */
export function writeStarted(
  paths: StatePaths,
  { config, secret }: ConfigSnapshot,
  hubKey: Secret,
  databaseUrl?: string,
): void {
  const configured = typeof config.database === "string" ? config.database : secret(config.database).reveal();
  const database = createSealer(hubKey).seal(PURPOSE, databaseUrl ?? configured);
  writeFileSync(paths.started, JSON.stringify(startedSchema.parse({ keys: config, database })), { mode: 0o600 });
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
