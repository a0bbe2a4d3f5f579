/** Word from the driver that servers have ended, handed to whoever waits for one. */
import type { Driver, DriverEvent } from "../drivers/index.ts";
import type { Clock } from "../kernel/index.ts";
import type { Log } from "./ports.ts";

export interface EndsOptions {
  readonly driver: Driver;
  readonly hubId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A server ended. */
  readonly onEnd: (event: DriverEvent) => void;
  /** Ends may have been missed. */
  readonly onGap: () => void;
}

export class Ends {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `listener` at every end of a server of this container name; returns the unsubscriber. */
  on(name: string, listener: () => void): () => void {
    const set = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.#waiting.get(name) === set) this.#waiting.delete(name);
    };
  }

  /** Follows the driver until the signal ends it; a driver that breaks off is asked again. */
  async follow(options: EndsOptions): Promise<void> {
    const { driver, hubId, clock, log, signal } = options;
    for (let wait = 500; !signal.aborted; wait = Math.min(15_000, wait * 2)) {
      try {
        for await (const event of driver.watch(hubId, signal)) {
          wait = 500;
          if (event.kind === "gap") {
            options.onGap();
          } else {
            for (const listener of [...(this.#waiting.get(event.name) ?? [])]) listener();
            options.onEnd(event);
          }
        }
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, "the engine's events broke off; asking again");
      }
      await clock.sleep(wait, signal).catch(() => undefined);
    }
  }
}
