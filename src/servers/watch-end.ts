/** Noticing at once that a server that should come up has died. */
import type { ServerRow } from "../store/index.ts";
import { Ended, LOG_LINES } from "./failures.ts";
import { nameOf, type Room } from "./room.ts";
import { lastLines } from "./teardown.ts";

/** The reason of the signal that `watchEnd` gives. */
export class Died extends Error {}

/** How often a server that does not answer yet is looked at, should the engine's word of its end be lost. */
const LOOK_EVERY_MS = 2000;

/** A signal that also aborts (with `Died`) as soon as the server's process is gone. */
export function watchEnd(room: Room, row: ServerRow, signal: AbortSignal): { signal: AbortSignal; end: () => void } {
  const died = new AbortController();
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);
  const look = async (): Promise<void> => {
    try {
      const seen = await room.driver.observe(nameOf(row));
      if (seen?.running !== true) died.abort(new Died());
    } catch {
      // The engine is away: that says nothing about the server.
    }
  };
  const looking = async (): Promise<void> => {
    for (;;) {
      await look();
      await room.clock.sleep(LOOK_EVERY_MS, until);
    }
  };
  const off = room.ends.on(nameOf(row), () => void look());
  looking().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, died.signal]),
    end: () => {
      off();
      done.abort();
    },
  };
}

/** How it ended, and its last words. */
export async function endedOf(room: Room, row: ServerRow): Promise<Ended> {
  const observed = await room.driver.observe(nameOf(row)).catch(() => undefined);
  return new Ended(observed, await lastLines(room, row, LOG_LINES));
}
