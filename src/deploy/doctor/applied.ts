/** What checks of an applied deployment have in common. */
import { NEEDS_ROOT, skipped } from "./finding.ts";
import type { CheckContext, NotLooked } from "./types.ts";

export const AGAIN = "Run “hublet apply”: it makes this again, and leaves alone what is in order.";

/** Why there is nothing to compare the host with; undefined when there is. */
export function withoutRecords({ deployed, generation, privileged }: CheckContext): NotLooked | undefined {
  if (!deployed) return skipped("“hublet apply” has not set up this host.");
  if (generation !== undefined) return undefined;
  return privileged ? skipped("no generation was applied in full yet.") : NEEDS_ROOT;
}
