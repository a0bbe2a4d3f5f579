/** Progress of what is sent to a host. */
import { Transform } from "node:stream";

/** A line for each so many bytes. */
const EVERY_BYTES = 20_000_000;

/** A stream that says now and then how much has passed through it. */
export class Meter extends Transform {
  bytes = 0;
  #told = 0;
  readonly #note: (line: string) => void;

  constructor(note: (line: string) => void) {
    super();
    this.#note = note;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes - this.#told >= EVERY_BYTES) {
      this.#told = this.bytes;
      this.#note(`${megabytes(this.bytes)} sent`);
    }
    done(null, chunk);
  }
}

export function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}
