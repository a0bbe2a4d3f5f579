import type { ImageStatus } from "../../contract/index.ts";
import { type Clock, isoTime } from "../../kernel/index.ts";

/** Listeners hear of bytes at most this often. */
const TELL_MS = 200;

/** What is known of each name that was asked for, and who wants to hear of it. */
export class Statuses {
  readonly #clock: Clock;
  readonly #known = new Map<string, { status: ImageStatus; told: number }>();
  readonly #listeners = new Set<(status: ImageStatus) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(reference: string): ImageStatus | undefined {
    return this.#known.get(reference)?.status;
  }

  all(): readonly ImageStatus[] {
    return [...this.#known.values()].map(({ status }) => status);
  }

  subscribe(listener: (status: ImageStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the status and tells listeners; mere progress within a state is told a few times a second. */
  tell(status: ImageStatus): void {
    const before = this.#known.get(status.reference);
    const now = this.#clock.now();
    const changed = before === undefined || before.status.state !== status.state;
    const since = changed ? isoTime(now) : before.status.since;
    const quiet = !changed && now - before.told < TELL_MS;
    const next = { status: { ...status, since }, told: quiet ? before.told : now };
    this.#known.set(status.reference, next);
    if (quiet) return;
    for (const listener of this.#listeners) listener(next.status);
  }

  /** A new state, without any progress yet. */
  enter(reference: string, state: ImageStatus["state"], message: string): void {
    const fraction = state === "ready" ? 1 : null;
    this.tell({ reference, state, message, fraction, bytesDone: null, bytesTotal: null, since: "" });
  }

  /** Progress within the state. */
  progress(reference: string, change: Partial<ImageStatus>): void {
    const known = this.#known.get(reference);
    if (known !== undefined) this.tell({ ...known.status, ...change });
  }

  /** Progress of all that are in one of these states. */
  progressIn(states: readonly ImageStatus["state"][], change: Partial<ImageStatus>): void {
    for (const { status } of [...this.#known.values()])
      if (states.includes(status.state)) this.tell({ ...status, ...change });
  }

  close(): void {
    this.#listeners.clear();
  }
}
