/**
 * What `hublet up` was started with of those keys that need it to be started again: a hub that is started again meanwhile,
 * because it crashed, goes on with them. Without that, an edit that waits for a quiet hour would come into force at a
 * crash: another database, with nobody in it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ConfigSnapshot } from "../../config/index.ts";
import { configSchema } from "../../contract/index.ts";
import type { StatePaths } from "../instance.ts";

const { listen, engine, engineSocket, database } = configSchema.shape;
const startedSchema = z.object({
  keys: z.object({ listen, engine, engineSocket, database }),
  /** `sqlite`, or the database's address with its password. */
  databaseUrl: z.string(),
});
type Started = z.output<typeof startedSchema>;

/** Mode 0600: an address has its password in it. */
export function writeStarted(paths: StatePaths, { config, secret }: ConfigSnapshot): void {
  const databaseUrl = typeof config.database === "string" ? config.database : secret(config.database).reveal();
  const text = JSON.stringify(startedSchema.parse({ keys: config, databaseUrl }));
  writeFileSync(paths.started, text, { mode: 0o600 });
}

export function readStarted(paths: StatePaths): Started {
  return startedSchema.parse(JSON.parse(readFileSync(paths.started, "utf8")));
}
