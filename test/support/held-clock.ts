import type { Clock } from "../../src/kernel/index.ts";

/** A clock that stands still until it is moved; sleeping moves it. */
export interface HeldClock extends Clock {
  /** Moves on by `ms` milliseconds. */
  pass(ms: number): void;
}

export function heldClock(start = Date.parse("2030-01-01T00:00:00.000Z")): HeldClock {
  let now = start;
  return {
    now: () => now,
    pass: (ms) => {
      now += ms;
    },
    sleep: async (ms) => {
      now += ms;
    },
  };
}
