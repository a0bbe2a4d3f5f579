import { type Clock, HubError } from "../../kernel/index.ts";

export interface Known<T> {
  /** Undefined: it never was answered. */
  readonly value: T | undefined;
  /** When it was answered, in milliseconds since the epoch. */
  readonly at: number | undefined;
  /** Why it was not answered last time. */
  readonly problem: HubError | undefined;
}

export interface RememberedOptions<T> {
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  /** Milliseconds in which an answer, also a failure, is not asked for again. */
  readonly freshMs: number;
  /** After each answer and failure that was not overtaken. */
  readonly settled?: (before: Known<T>, now: Known<T>) => void;
  /** Anything but a HubError: a bug. */
  readonly surprised: (error: unknown) => HubError;
}

/** One answer of somebody slow, kept: old ones are given while a new one is fetched, for all who ask at the same time. */
export class Remembered<T> {
  readonly #options: RememberedOptions<T>;
  readonly #closed = new AbortController();
  #known: Known<T> = { value: undefined, at: undefined, problem: undefined };
  #triedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | undefined;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  get known(): Known<T> {
    return this.#known;
  }

  /** What is known; when that is not fresh, it is asked for, and waited for at most so many milliseconds. Never rejects. */
  async look(patienceMs: number): Promise<Known<T>> {
    const { clock, freshMs } = this.#options;
    if (this.#pending === undefined && clock.now() - this.#triedAt >= freshMs) this.#ask();
    const pending = this.#pending;
    if (pending === undefined) return this.#known;
    const answered = new AbortController();
    const enough = clock
      .sleep(patienceMs, AbortSignal.any([answered.signal, this.#closed.signal]))
      .catch(() => undefined);
    await Promise.race([pending, enough]);
    answered.abort();
    return this.#known;
  }

  /** The next look asks anew; an answer that is on its way already is not taken, since it may be from before. */
  forget(): void {
    this.#triedAt = Number.NEGATIVE_INFINITY;
    this.#pending = undefined;
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await this.#pending;
  }

  close(): void {
    this.#closed.abort(new Error("closed"));
  }

  #ask(): void {
    const pending = this.#answer().then((now) => {
      if (this.#pending !== pending) return;
      this.#pending = undefined;
      this.#triedAt = this.#options.clock.now();
      const before = this.#known;
      this.#known = now;
      if (!this.#closed.signal.aborted) this.#options.settled?.(before, now);
    });
    this.#pending = pending;
  }

  async #answer(): Promise<Known<T>> {
    try {
      const value = await this.#options.ask(this.#closed.signal);
      return { value, at: this.#options.clock.now(), problem: undefined };
    } catch (error) {
      if (this.#closed.signal.aborted) return this.#known;
      return { ...this.#known, problem: error instanceof HubError ? error : this.#options.surprised(error) };
    }
  }
}
