/** Whatever starts returns something with `close()`. */
export interface Closable {
  close(): Promise<void>;
}

/** Closes what was opened, in reverse order; one failure does not keep the rest open. */
export class ClosingStack implements Closable {
  readonly #entries: (() => Promise<void> | void)[] = [];

  /** Remembers `item` for closing and returns it. */
  add<T extends Closable>(item: T): T {
    this.#entries.push(() => item.close());
    return item;
  }

  /** Remembers a closing step. */
  defer(step: () => Promise<void> | void): void {
    this.#entries.push(step);
  }

  /** @throws AggregateError with every failure, after all steps were tried. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#entries.pop(); step !== undefined; step = this.#entries.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "closing failed");
  }
}
