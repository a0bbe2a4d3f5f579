import type { Capabilities } from "../port.ts";
import type { EngineClient } from "./client.ts";
import type { Isolation } from "./dialect.ts";

/** What was learnt from an engine about itself and its host. */
export interface EngineFacts {
  readonly capabilities: Capabilities;
  readonly isolation: Isolation;
  /** Swap is counted, so a memory limit can include it. */
  readonly swapLimit: boolean;
}

/** Asks an engine; one implementation per engine. */
export type FactsReader = (client: EngineClient) => Promise<EngineFacts>;

/** Facts are asked once, and again after a failure. */
export class FactsCache {
  readonly #read: () => Promise<EngineFacts>;
  #facts: Promise<EngineFacts> | undefined;

  constructor(read: () => Promise<EngineFacts>) {
    this.#read = read;
  }

  get(): Promise<EngineFacts> {
    this.#facts ??= this.#read().catch((error: unknown) => {
      this.#facts = undefined;
      throw error;
    });
    return this.#facts;
  }
}

/** Plain sentences for the limits that are not enforced. */
export function limitNotes(
  enforced: Pick<Capabilities, "memoryLimit" | "cpuLimit" | "pidsLimit">,
  because: string,
): string[] {
  const notes: string[] = [];
  if (!enforced.memoryLimit) notes.push(`Memory limits are not enforced: ${because}`);
  if (!enforced.cpuLimit) notes.push(`CPU limits are not enforced: ${because}`);
  if (!enforced.pidsLimit) notes.push(`Limits on the number of processes are not enforced: ${because}`);
  return notes;
}
