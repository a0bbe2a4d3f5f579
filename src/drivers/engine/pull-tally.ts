import type { PullProgress } from "../images-port.ts";
import type { ProgressLine } from "./answers.ts";

interface Layer {
  /** Bytes. */
  done: number;
  total: number | undefined;
  /** All of it is here, or there. */
  complete: boolean;
}

const BEGUN = /^(pulling fs layer|waiting|preparing)/i;
const MOVING = /^(downloading|copying|pushing)/i;
const COMPLETE = /^(download complete|pull complete|already exists|layer already exists|pushed|mounted from)/i;

/** Sums a pull's or push's progress over its layers. Only moving counts: unpacking would begin at zero again. */
export class PullTally {
  readonly #layers = new Map<string, Layer>();

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
      layersDone: layers.filter(({ complete }) => complete).length,
      layersTotal: layers.length,
      bytesDone: sum(layers.map((layer) => layer.done)),
      ...(total === 0 ? {} : { bytesTotal: total }),
    };
  }

  #count(id: string, status: string, detail: { current?: number | undefined; total?: number | undefined }): void {
    // Docker also says “Pulling from …” with the tag in the layer's place.
    if (!BEGUN.test(status) && !MOVING.test(status) && !COMPLETE.test(status)) return;
    const layer = this.#layers.get(id) ?? { done: 0, total: undefined, complete: false };
    this.#layers.set(id, layer);
    if (MOVING.test(status) && detail.current !== undefined) {
      // A total of -1 or 0 means that the registry did not say.
      if (detail.total !== undefined && detail.total > 0) layer.total = detail.total;
      layer.done = Math.max(detail.current, layer.done);
    } else if (COMPLETE.test(status)) {
      layer.complete = true;
      if (layer.total !== undefined) layer.done = layer.total;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
