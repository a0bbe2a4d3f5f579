import { setTimeout as delay } from "node:timers/promises";

/** Time, injected so that tests can hold it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** ISO-8601 UTC with milliseconds, the form in which times are stored and sent. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
