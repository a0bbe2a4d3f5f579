/**
 * Waiting for a server and following it. The database is the truth and word of changes only wakes the reader up, so
 * that readers see what another hub process writes, too.
 */
import type { ServerEvent } from "../contract/index.ts";
import { findServerById, listServerEvents, type ServerRow } from "../store/index.ts";
import type { Room } from "./room.ts";
import type { ServerChange, ServerKey, ServerRecord, Settled } from "./types.ts";

/** How often the database is asked when nothing wakes us. */
const LOOK_EVERY_MS = 1000;

const SETTLING: readonly ServerEvent["state"][] = ["ready", "failed", "stopped"];

/** Events of the row's current start, up to and with the one that settles it. */
export async function* currentEvents(
  room: Room,
  row: ServerRow,
  options: { afterId?: number; signal: AbortSignal },
): AsyncIterable<ServerEvent> {
  let after = options.afterId ?? 0;
  const wake = new Wake(room, (change) => change.server.user === row.user && change.server.name === row.name);
  try {
    while (!options.signal.aborted) {
      wake.reset();
      for (const event of await listServerEvents(room.journal.db, row.id, row.generation, after)) {
        after = event.id;
        yield event;
        if (SETTLING.includes(event.state)) return;
      }
      const current = await findServerById(room.journal.db, row.id);
      // Nothing more will come of this start: it settled before `afterId`, or a newer one has begun.
      if (current === undefined || current.generation !== row.generation) return;
      if (SETTLING.includes(current.state) && (await nothingAfter(room, row, after))) return;
      await wake.wait(LOOK_EVERY_MS, options.signal);
    }
  } finally {
    wake.close();
  }
}

async function nothingAfter(room: Room, row: ServerRow, after: number): Promise<boolean> {
  return (await listServerEvents(room.journal.db, row.id, row.generation, after)).length === 0;
}

/** Reads until nothing is pending or the time is up. */
export async function untilSettled(
  room: Room,
  key: ServerKey,
  read: () => Promise<ServerRecord>,
  wait: { withinMs: number; signal?: AbortSignal },
): Promise<Settled> {
  const until = room.clock.now() + wait.withinMs;
  const wake = new Wake(room, (change) => change.server.user === key.user && change.server.name === key.server);
  try {
    for (;;) {
      wake.reset();
      const server = await read();
      if (server.pending === null) return { settled: true, server };
      const left = until - room.clock.now();
      if (left <= 0 || wait.signal?.aborted === true || room.leaving.aborted) return { settled: false, server };
      await wake.wait(Math.min(left, LOOK_EVERY_MS), wait.signal);
    }
  } finally {
    wake.close();
  }
}

/** Sleeps until a change that matters, or until the time is up. */
class Wake {
  readonly #room: Room;
  readonly #off: () => void;
  #woken = new AbortController();

  constructor(room: Room, matters: (change: ServerChange) => boolean) {
    this.#room = room;
    this.#off = room.journal.subscribe((change) => {
      if (matters(change)) this.#woken.abort();
    });
  }

  /** Changes from here on end the next wait. */
  reset(): void {
    this.#woken = new AbortController();
  }

  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const signals = [this.#woken.signal, this.#room.leaving, ...(signal === undefined ? [] : [signal])];
    await this.#room.clock.sleep(ms, AbortSignal.any(signals)).catch(() => undefined);
  }

  close(): void {
    this.#off();
  }
}
