import type { PullProgress } from "../port.ts";
import type { ProgressLine } from "./answers.ts";

/** Sums a pull's progress over its layers. Only fetching counts: unpacking would begin at zero again. */
export class PullTally {
  readonly #layers = new Map<string, { done: number; total: number | undefined }>();

  /** The progress after `line`, or undefined when it says nothing. */
  add(line: ProgressLine): PullProgress | undefined {
    const { id, status } = line;
    if (status === undefined) return undefined;
    if (id !== undefined) this.#count(id, status, line.progressDetail ?? {});
    const message = id === undefined ? status : `${status} ${id}`;
    if (this.#layers.size === 0) return { message };
    const layers = [...this.#layers.values()];
    const total = sum(layers.map((layer) => layer.total ?? layer.done));
    return {
      message,
      bytesDone: sum(layers.map((layer) => layer.done)),
      ...(total === 0 ? {} : { bytesTotal: total }),
    };
  }

  #count(id: string, status: string, detail: { current?: number | undefined; total?: number | undefined }): void {
    const layer = this.#layers.get(id);
    if (/^(downloading|copying)/i.test(status) && detail.current !== undefined) {
      // A total of -1 or 0 means that the registry did not say.
      const total = detail.total !== undefined && detail.total > 0 ? detail.total : layer?.total;
      this.#layers.set(id, { done: Math.max(detail.current, layer?.done ?? 0), total });
    } else if (/^(download complete|pull complete)/i.test(status) && layer?.total !== undefined) {
      layer.done = layer.total;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
