/** Waiting for the image, with what the keeper says about it passed on to the person who waits. */
import type { ImageStatus } from "../contract/index.ts";
import type { ServerRow } from "../store/index.ts";
import { type Entry, Superseded } from "./journal.ts";
import type { ReadyImage } from "./ports.ts";
import type { Room } from "./room.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** An image that is there is found faster than this; the person need not read about it. */
const QUIET_MS = 150;
/** At most this often, since every word is a row. */
const REPORT_EVERY_MS = 700;

/** Resolves once `ready` does; rejects as it does. Meanwhile the server is `pulling`. */
export async function awaitImage(
  room: Room,
  row: ServerRow,
  image: string,
  ready: Promise<ReadyImage>,
  stopwatch: Stopwatch,
): Promise<{ readonly row: ServerRow; readonly ready: ReadyImage }> {
  return stopwatch.during("image", async () => {
    if (await within(room, ready, QUIET_MS)) return { row, ready: await ready };
    const known = room.images?.status(image);
    let current = await room.journal.step(row, ["preparing"], entryOf(known));
    const reports = new Reports(room, image, async (status) => {
      current = await room.journal.step(current, ["pulling"], { ...entryOf(status), replaces: true });
    });
    // What was said before anybody listened.
    const latest = room.images?.status(image);
    if (latest !== undefined && latest !== known) reports.tell(latest);
    try {
      await ready;
    } finally {
      await reports.close();
    }
    return { row: current, ready: await ready };
  });
}

/** Writes the newest status now and then; the ones between are dropped. */
class Reports {
  readonly #off: () => void;
  #latest: ImageStatus | undefined;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  readonly #done = new AbortController();

  readonly #room: Room;
  readonly #write: (status: ImageStatus) => Promise<void>;

  constructor(room: Room, image: string, write: (status: ImageStatus) => Promise<void>) {
    this.#room = room;
    this.#write = write;
    const off = room.images?.subscribe((status) => {
      if (status.reference === image) this.tell(status);
    });
    this.#off = off ?? (() => undefined);
  }

  tell(status: ImageStatus): void {
    this.#latest = status;
    if (!this.#busy) this.#running = this.#drain();
  }

  async #drain(): Promise<void> {
    const { clock, log } = this.#room;
    this.#busy = true;
    try {
      for (let next = this.#take(); next !== undefined && !this.#done.signal.aborted; next = this.#take()) {
        await this.#write(next);
        await clock.sleep(REPORT_EVERY_MS, this.#done.signal).catch(() => undefined);
      }
    } catch (error) {
      // The start itself finds out at its next step.
      if (!(error instanceof Superseded)) log.warn({ err: error }, "progress of an image could not be written");
    } finally {
      this.#busy = false;
    }
  }

  #take(): ImageStatus | undefined {
    const next = this.#latest;
    this.#latest = undefined;
    return next;
  }

  async close(): Promise<void> {
    this.#off();
    this.#done.abort();
    await this.#running;
  }
}

function entryOf(status: ImageStatus | undefined): Entry {
  return {
    state: "pulling",
    step: "image",
    progress: 10 + Math.round(50 * Math.min(1, Math.max(0, status?.fraction ?? 0))),
    message: status?.message ?? "Fetching the notebook image",
    bytesDone: status?.bytesDone ?? null,
    bytesTotal: status?.bytesTotal ?? null,
  };
}

/** Whether `promise` resolves in time; its rejection passes through. */
export async function within(room: Room, promise: Promise<unknown>, ms: number): Promise<boolean> {
  const stop = new AbortController();
  const late = room.clock.sleep(ms, stop.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop.abort();
  }
}
