import { type Clock, systemClock } from "../../kernel/index.ts";

/** The real time plus what was passed: short waits are real, long ones end when enough has passed. */
export interface ShiftedClock extends Clock {
  /** Moves on by `ms` milliseconds; everybody who waits notices. */
  pass(ms: number): void;
}

export function shiftedClock(): ShiftedClock {
  let offset = 0;
  const sleepers = new Set<AbortController>();
  const now = (): number => systemClock.now() + offset;
  return {
    now,
    pass: (ms) => {
      offset += ms;
      for (const sleeper of [...sleepers]) sleeper.abort();
    },
    sleep: async (ms, signal) => {
      const until = now() + ms;
      signal?.throwIfAborted();
      while (now() < until) {
        const moved = new AbortController();
        sleepers.add(moved);
        const either = signal === undefined ? moved.signal : AbortSignal.any([signal, moved.signal]);
        await systemClock.sleep(Math.max(0, until - now()), either).catch(() => undefined);
        sleepers.delete(moved);
        signal?.throwIfAborted();
      }
    },
  };
}
