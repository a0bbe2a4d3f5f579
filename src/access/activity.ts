/** When tokens and people were last active: noted at each request, written a moment later (contract 5.1). */
import type { Clock, Closable } from "../kernel/index.ts";
import { isoTime } from "../kernel/index.ts";
import { type Store, touchToken, touchUser } from "../store/index.ts";

/** Updates closer than this to the stored value are skipped, in milliseconds (JupyterHub's `activity_resolution`). */
const RESOLUTION = 30_000;
/** How long updates are gathered before they are written, in milliseconds. */
const DELAY = 1000;

interface Known {
  readonly id: number;
  /** As stored, ISO-8601. */
  readonly lastActivity: string | null;
}

export class ActivityLog implements Closable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #closing = new AbortController();
  #tokens = new Map<number, number>();
  #people = new Map<number, number>();
  #scheduled = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onError = onError;
  }

  ofToken(token: Known): void {
    this.#note(this.#tokens, token);
  }

  ofPerson(person: Known): void {
    this.#note(this.#people, person);
  }

  /** Writes what is noted. The store must still be open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    await this.#write();
  }

  #note(notes: Map<number, number>, { id, lastActivity }: Known): void {
    const now = this.#clock.now();
    if (lastActivity !== null && now - Date.parse(lastActivity) < RESOLUTION) return;
    notes.set(id, now);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#writing = this.#writing.then(() => this.#writeSoon());
  }

  async #writeSoon(): Promise<void> {
    try {
      await this.#clock.sleep(DELAY, this.#closing.signal);
    } catch {
      // Closing: `close` writes.
      return;
    }
    this.#scheduled = false;
    await this.#write();
  }

  async #write(): Promise<void> {
    const tokens = this.#tokens;
    const people = this.#people;
    this.#tokens = new Map();
    this.#people = new Map();
    try {
      const { db } = this.#store;
      for (const [id, at] of tokens) await touchToken(db, id, isoTime(at));
      for (const [id, at] of people) await touchUser(db, id, isoTime(at), isoTime(at - RESOLUTION));
    } catch (error) {
      // The next requests note it again; nothing that a person waits for depends on it.
      this.#onError(error);
    }
  }
}
