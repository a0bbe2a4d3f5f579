import type { HomeView } from "../../../src/contract/index.ts";

export interface Limits {
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
}

/** The limits that hold here: one that this host does not enforce is left out, since it would be an empty promise. */
export function enforcedLimits({ memoryBytes, cpus }: Limits, { memory, cpu }: HomeView["limits"]): Limits {
  return { memoryBytes: memory ? memoryBytes : null, cpus: cpu ? cpus : null };
}
