/** Work under way in this process: one piece at a time for each server, its lease renewed while it lasts. */
import type { Running } from "../drivers/index.ts";
import { messageOf } from "../kernel/index.ts";
import { findServerById, type ServerRow } from "../store/index.ts";
import { LEASE_MS } from "./journal.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { nameOf, queueKey, type Room } from "./room.ts";
import { resumeStart, runStart } from "./start.ts";
import { type Outcome, runStop } from "./stop.ts";

export class Works {
  readonly #room: Room;
  /** Starts under way, by row id. */
  readonly #starts = new Map<number, AbortController>();
  readonly #busy = new Map<number, number>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** Something is done, or waits to be done, with this server here. */
  isBusy(id: number): boolean {
    return this.#busy.has(id);
  }

  /** Carries a claimed start (`queued`) through in the background. */
  start(row: ServerRow, settings: LaunchSettings): void {
    this.#starting(row, (cancelled) => runStart(this.#room, { row, settings, cancelled }));
  }

  /** Goes on with a start whose container runs already. */
  resume(row: ServerRow, settings: LaunchSettings, running: Running): void {
    this.#starting(row, (cancelled) => resumeStart(this.#room, { row, settings, cancelled }, running));
  }

  /** Takes a server that is `stopping` down, after breaking off its start. */
  stop(row: ServerRow, outcome: Outcome): void {
    this.#starts.get(row.id)?.abort(new Error("the server is being stopped"));
    void this.run(row, () => runStop(this.#room, row, outcome));
  }

  /** Runs `work` after everything before it of the same server, renewing the lease. Failures are logged, never thrown. */
  async run(row: ServerRow, work: () => Promise<void>, onLost?: () => void): Promise<void> {
    this.#busy.set(row.id, (this.#busy.get(row.id) ?? 0) + 1);
    const done = new AbortController();
    try {
      await this.#room.queue.run(queueKey(row), async () => {
        void this.#heartbeat(row, done.signal, onLost);
        await work();
      });
    } catch (error) {
      this.#room.log.error({ err: error, server: nameOf(row) }, "work on a server failed unexpectedly");
    } finally {
      done.abort();
      const left = (this.#busy.get(row.id) ?? 1) - 1;
      if (left > 0) this.#busy.set(row.id, left);
      else this.#busy.delete(row.id);
    }
  }

  #starting(row: ServerRow, go: (cancelled: AbortSignal) => Promise<void>): void {
    const cancel = new AbortController();
    this.#starts.set(row.id, cancel);
    const lost = () => cancel.abort(new Error("the lease is lost"));
    const work = this.run(row, () => go(cancel.signal), lost);
    void work.then(() => {
      if (this.#starts.get(row.id) === cancel) this.#starts.delete(row.id);
      if (!cancel.signal.aborted) void this.#takeUpStop(row);
    });
  }

  /** Another hub process asked for a stop, which our own next step found out: the lease is ours, so the stop is, too. */
  async #takeUpStop(row: ServerRow): Promise<void> {
    const { journal, log } = this.#room;
    try {
      const current = await findServerById(journal.db, row.id);
      if (current?.state !== "stopping" || current.generation !== row.generation) return;
      if (current.leaseOwner === journal.owner) this.stop(current, { message: "Stopped" });
    } catch (error) {
      log.warn({ server: nameOf(row), reason: messageOf(error) }, "whether a stop was asked for could not be seen");
    }
  }

  /** Keeps the lease, and notices when another process has asked this server to stop. */
  async #heartbeat(row: ServerRow, done: AbortSignal, onLost: (() => void) | undefined): Promise<void> {
    const { clock, journal, log } = this.#room;
    for (;;) {
      await clock.sleep(LEASE_MS / 3, done).catch(() => undefined);
      if (done.aborted) return;
      try {
        const current = await journal.renew(row.id);
        if (current === undefined || current.generation !== row.generation) {
          onLost?.();
          return;
        }
        if (current.state === "stopping" && this.#starts.get(row.id)?.signal.aborted === false) {
          this.stop(current, { message: "Stopped" });
          return;
        }
      } catch (error) {
        log.warn({ server: nameOf(row), reason: messageOf(error) }, "a lease could not be renewed");
      }
    }
  }
}
