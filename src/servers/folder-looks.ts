/** Looking whether a folder of the host is there, without being held up by a network share that does not answer. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, messageOf, systemCode } from "../kernel/index.ts";

/** A share that is away blocks a look for minutes; nobody who presses Start waits that long. */
const PATIENCE_MS = 5000;
/** Node has four threads for files, and one hangs in each look at a share that is away: the others stay free. */
const MOST_LOOKS = 2;

/** `unreachable`: this account may not look; `at` is the folder that keeps it out. */
export type Look =
  | { readonly kind: "there" | "missing" | "mute" }
  | { readonly kind: "unreachable"; readonly at: string }
  | { readonly kind: "broken"; readonly why: string };

type Stat = (path: string) => Promise<unknown>;

export class FolderLooks {
  readonly #clock: Clock;
  readonly #stat: Stat;
  /** Looks under way: everybody who asks for the same folder shares one. */
  readonly #running = new Map<string, Promise<Look>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(clock: Clock, look: Stat = stat) {
    this.#clock = clock;
    this.#stat = look;
  }

  /** Never throws; answers within 5 s. */
  async look(path: string): Promise<Look> {
    let running = this.#running.get(path);
    if (running === undefined) {
      running = this.#inTurn(() => this.#at(path)).finally(() => this.#running.delete(path));
      this.#running.set(path, running);
    }
    const enough = new AbortController();
    const late = this.#clock.sleep(PATIENCE_MS, enough.signal).then(
      (): Look => ({ kind: "mute" }),
      (): Look => ({ kind: "mute" }),
    );
    try {
      return await Promise.race([running, late]);
    } finally {
      enough.abort();
    }
  }

  async #inTurn(work: () => Promise<Look>): Promise<Look> {
    if (this.#busy >= MOST_LOOKS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes this one's place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  async #at(path: string): Promise<Look> {
    try {
      await this.#stat(path);
      return { kind: "there" };
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
      if (code === "EACCES" || code === "EPERM") return { kind: "unreachable", at: await this.#closed(path) };
      // EIO, ESTALE, EHOSTDOWN …: a share or a disk is in trouble.
      return { kind: "broken", why: messageOf(error) };
    }
  }

  /** The nearest folder above that can be seen: it is the one that lets nobody through. */
  async #closed(path: string): Promise<string> {
    for (let above = dirname(path); above !== "/"; above = dirname(above)) {
      const seen = await this.#stat(above).then(
        () => true,
        () => false,
      );
      if (seen) return above;
    }
    return "/";
  }
}
