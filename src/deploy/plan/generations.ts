/** What is kept of earlier applies. */
import type { Host } from "../host/port.ts";
import { readApplied } from "./earlier.ts";
import { readGeneration, recordsOf } from "./records.ts";
import type { Generation } from "./types.ts";

export interface GenerationLine extends Pick<Generation, "number" | "created" | "by" | "version" | "images"> {
  /** It is the one that runs. */
  readonly current: boolean;
  /** A copy of the database from before it is kept. */
  readonly database: boolean;
}

/** Newest first. @throws HubError `not-found` where nothing was applied */
export async function listGenerations(host: Host, account: string): Promise<GenerationLine[]> {
  const { records, current } = await readApplied(host, account);
  const all = await Promise.all(records.numbers.map((number) => readGeneration(host, recordsOf(account), number)));
  return all.toReversed().map(({ number, created, by, version, images }) => ({
    ...{ number, created, by, version, images },
    current: number === current.number,
    database: records.withDatabase.includes(number),
  }));
}
