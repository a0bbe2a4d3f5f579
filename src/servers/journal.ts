/** Writes a server's life: a guarded row change with its event in one transaction, then the word to all listeners. */

import type { Failure, ServerEvent, ServerState, StartStep } from "../contract/index.ts";
import { type Clock, isoTime } from "../kernel/index.ts";
import {
  changeServer,
  type Database,
  type NewServerEvent,
  renewServerLease,
  type ServerGuard,
  type ServerPatch,
  type ServerRow,
} from "../store/index.ts";
import type { Stop } from "./deadlines.ts";
import type { Log } from "./ports.ts";
import { toRecord } from "./record.ts";
import type { ServerChange } from "./types.ts";

/** A lease lives this long after its last renewal; a dead hub's work is taken over then. */
export const LEASE_MS = 15_000;

/** The row is not as the caller last saw it: somebody else (a stop, another hub) has taken over. Just leave off. */
export class Superseded extends Error {}

/** One step of a life. */
export interface Entry {
  readonly state: ServerState;
  readonly message: string;
  readonly progress: number;
  readonly step?: StartStep;
  readonly bytesDone?: number | null;
  readonly bytesTotal?: number | null;
  readonly failure?: Failure;
  readonly replaces?: boolean;
}

export interface JournalOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly baseUrl: string;
  /** When a server will be stopped by itself (ISO-8601), or null. */
  readonly stopOf: (row: ServerRow) => Stop;
  /** Random id of this hub process. */
  readonly owner: string;
}

export class Journal {
  readonly db: Database;
  readonly owner: string;
  readonly #options: JournalOptions;
  readonly #listeners = new Set<(change: ServerChange) => void>();
  /** Rows that say ready and were not looked at since this process began; undefined: reconciliation has not begun. */
  #doubtful: Set<number> | undefined;
  /** Until then: what this process itself brought to ready. */
  readonly #sure = new Set<number>();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.db = options.db;
    this.owner = options.owner;
  }

  now(): string {
    return isoTime(this.#options.clock.now());
  }

  /** Rows that still have to be looked at. */
  get doubtful(): number {
    return this.#doubtful?.size ?? 0;
  }

  /**
   * The rows that say ready as a pass of reconciliation begins: before the first pass all of them are doubtful, afterwards
   * only those of them that were not looked at yet. What was found true once is watched since.
   */
  setReady(ids: readonly number[]): void {
    const before = this.#doubtful;
    this.#doubtful = new Set(ids.filter((id) => (before === undefined ? !this.#sure.has(id) : before.has(id))));
  }

  /** The row is true as far as we know. Tells the listeners when it was doubtful before. */
  setChecked(row: ServerRow): void {
    if (this.#settle(row.id)) this.announce(row, null);
  }

  record(row: ServerRow): ServerChange["server"] {
    const { baseUrl, stopOf } = this.#options;
    return toRecord(row, baseUrl, this.#doubtful?.has(row.id) ?? !this.#sure.has(row.id), stopOf(row));
  }

  /**
   * Takes or keeps the lease of `row`, sets `entry.state` and `patch`, and writes the event.
   * @throws Superseded when the row has left `from` or this start, or another hub holds its lease
   */
  async step(
    row: ServerRow,
    from: readonly ServerState[],
    entry: Entry,
    patch: ServerPatch = {},
    more: Pick<ServerGuard, "alone"> = {},
  ): Promise<ServerRow> {
    const now = this.now();
    const guard = { states: from, generation: row.generation, lease: { owner: this.owner, now }, ...more };
    return this.#write(row, guard, entry, { ...this.#lease(), ...patch });
  }

  /** The last step of some work: as `step`, and the lease is given back. */
  async finish(
    row: ServerRow,
    from: readonly ServerState[],
    entry: Entry,
    patch: ServerPatch = {},
  ): Promise<ServerRow> {
    return this.step(row, from, entry, { ...patch, leaseOwner: null, leaseUntil: null });
  }

  /** Sets the state although another hub may hold the lease: its next step or renewal will notice. */
  async overrule(
    row: ServerRow,
    from: readonly ServerState[],
    entry: Entry,
    patch: ServerPatch = {},
  ): Promise<ServerRow> {
    return this.#write(row, { states: from, generation: row.generation }, entry, patch);
  }

  /** Changes a row without an event. Undefined when the guard did not hold. */
  async quietly(row: ServerRow, guard: ServerGuard, patch: ServerPatch): Promise<ServerRow | undefined> {
    const changed = await changeServer(this.db, row.id, guard, patch, null);
    if (changed === undefined) return undefined;
    this.announce(changed.row, null);
    return changed.row;
  }

  /** Takes the lease. Undefined: another hub holds it, or the row has moved on. */
  async claim(row: ServerRow): Promise<ServerRow | undefined> {
    const guard = {
      states: [row.state],
      generation: row.generation,
      lease: { owner: this.owner, now: this.now() },
    };
    return (await changeServer(this.db, row.id, guard, this.#lease(), null))?.row;
  }

  /** Keeps the lease. Undefined: it is not ours any more. */
  async renew(id: number): Promise<ServerRow | undefined> {
    return renewServerLease(this.db, id, this.owner, this.#lease().leaseUntil);
  }

  async release(row: ServerRow): Promise<void> {
    const guard = { generation: row.generation, lease: { owner: this.owner, now: this.now() } };
    await changeServer(this.db, row.id, guard, { leaseOwner: null, leaseUntil: null }, null);
  }

  subscribe(listener: (change: ServerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(row: ServerRow, event: ServerEvent | null, removed = false): void {
    const change = { server: this.record(row), removed, event };
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error({ err: error }, "a listener of server changes failed");
      }
    }
  }

  async #write(row: ServerRow, guard: ServerGuard, entry: Entry, patch: ServerPatch): Promise<ServerRow> {
    const now = this.now();
    const event: NewServerEvent = {
      at: now,
      state: entry.state,
      step: entry.step ?? null,
      message: entry.message,
      progress: entry.progress,
      bytesDone: entry.bytesDone ?? null,
      bytesTotal: entry.bytesTotal ?? null,
      failure: entry.failure ?? null,
      replaces: entry.replaces ?? false,
    };
    const since = entry.state === row.state ? {} : { since: now };
    const changed = await changeServer(this.db, row.id, guard, { state: entry.state, ...since, ...patch }, event);
    if (changed === undefined) throw new Superseded(`server ${row.id} is not in ${guard.states?.join("/")} any more`);
    // Whatever this process has just written is known to be true.
    this.#settle(row.id);
    this.announce(changed.row, changed.event);
    return changed.row;
  }

  #settle(id: number): boolean {
    if (this.#doubtful !== undefined) return this.#doubtful.delete(id);
    this.#sure.add(id);
    return false;
  }

  #lease(): { leaseOwner: string; leaseUntil: string } {
    return { leaseOwner: this.owner, leaseUntil: isoTime(this.#options.clock.now() + LEASE_MS) };
  }
}
