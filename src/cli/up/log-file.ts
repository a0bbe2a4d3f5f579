/** A log on disk that cannot take the program down: it is cut at a size, and a full disk loses lines, not the hub. */
import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs";
import { type Closable, messageOf } from "../../kernel/index.ts";

/** One older file of this size is kept as `NAME.1`. */
const MAX_BYTES = 20 * 1024 * 1024;
const RETRY_MS = 1000;

export class LogFile implements Closable {
  readonly #file: string;
  readonly #warn: (line: string) => void;
  #stream: WriteStream;
  #bytes: number;
  #failed = false;
  #opened = 0;

  /** @param warn told once when lines cannot be written */
  constructor(file: string, warn: (line: string) => void) {
    this.#file = file;
    this.#warn = warn;
    this.#bytes = sizeOf(file);
    this.#stream = this.#open();
  }

  write(line: string): void {
    if (this.#bytes > MAX_BYTES) this.#rotate();
    // A stream that failed stays closed: a new one is tried, at most once a second.
    if (this.#stream.destroyed) {
      if (Date.now() - this.#opened < RETRY_MS) return;
      this.#stream = this.#open();
    }
    this.#bytes += line.length + 1;
    this.#stream.write(`${line}\n`);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once("close", resolve);
      stream.end();
    });
  }

  #open(): WriteStream {
    this.#opened = Date.now();
    const stream = createWriteStream(this.#file, { flags: "a", mode: 0o600 });
    stream.on("error", (error) => {
      if (!this.#failed)
        this.#warn(
          `The log ${this.#file} cannot be written: ${messageOf(error)}. Lines are lost until there is space.`,
        );
      this.#failed = true;
    });
    return stream;
  }

  #rotate(): void {
    this.#stream.end();
    try {
      renameSync(this.#file, `${this.#file}.1`);
    } catch (error) {
      this.#warn(`The log ${this.#file} cannot be put aside: ${messageOf(error)}.`);
    }
    this.#bytes = 0;
    this.#stream = this.#open();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
