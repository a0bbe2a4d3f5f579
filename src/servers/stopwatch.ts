import type { Clock } from "../kernel/index.ts";
import type { StartTimings } from "./types.ts";

type Part = "engine" | "image" | "jupyter";

/** Splits the time of a start into what the engine, the image and Jupyter took, and the rest, which is ours. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #spent: Record<Part, number> = { engine: 0, image: 0, jupyter: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begun = clock.now();
  }

  /** Runs `work` and books its time. Parts must not overlap, or ours would come out too small. */
  async during<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const from = this.#clock.now();
    try {
      return await work();
    } finally {
      this.#spent[part] += this.#clock.now() - from;
    }
  }

  read(): StartTimings {
    const totalMs = this.#clock.now() - this.#begun;
    const { engine: engineMs, image: imageMs, jupyter: jupyterMs } = this.#spent;
    return { engineMs, imageMs, jupyterMs, totalMs, oursMs: totalMs - engineMs - imageMs - jupyterMs };
  }
}

/** `2.3 s (engine 0.4, Jupyter 1.8, Hublet 0.1)`; the image only when it was waited for. */
export function timingText(timings: StartTimings): string {
  const s = (ms: number) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 0);
  const image = timings.imageMs < 100 ? "" : `image ${s(timings.imageMs)}, `;
  const parts = `${image}engine ${s(timings.engineMs)}, Jupyter ${s(timings.jupyterMs)}, Hublet ${s(timings.oursMs)}`;
  return `${s(timings.totalMs)} s (${parts})`;
}
