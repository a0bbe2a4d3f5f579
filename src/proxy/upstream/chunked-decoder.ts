import { BadResponse } from "./response-head.ts";

type State = "size" | "extension" | "data" | "data-end" | "trailer";

const CR = 13;
const LF = 10;

/** Undoes `Transfer-Encoding: chunked` (RFC 9112, 7.1). Extensions and trailers are read and dropped. */
export class ChunkedDecoder {
  #state: State = "size";
  /** Bytes left of the current chunk; while in `size`, the number read so far. */
  #left = 0;
  #digits = 0;
  #sawCr = false;
  /** Bytes in the current extension or trailer section, bounded so that a target cannot keep us reading for ever. */
  #spent = 0;
  #lineLength = 0;

  /**
   * Reads `chunk` from `at`, handing each piece of the body to `onData`.
   * @returns the offset after the end of the body, or -1 when more is to come.
   * @throws BadResponse
   */
  push(chunk: Buffer, at: number, onData: (piece: Buffer) => void): number {
    let i = at;
    while (i < chunk.length) {
      if (this.#state === "data") {
        const end = Math.min(chunk.length, i + this.#left);
        onData(chunk.subarray(i, end));
        this.#left -= end - i;
        i = end;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      const byte = chunk[i++] ?? 0;
      if (this.#sawCr !== (byte === LF)) throw new BadResponse("a chunked body has a stray line end");
      if (byte === CR) {
        this.#sawCr = true;
        continue;
      }
      if (byte === LF) {
        this.#sawCr = false;
        if (this.#lineEnds()) return i;
        continue;
      }
      this.#take(byte);
    }
    return -1;
  }

  /** @returns whether the body has ended. */
  #lineEnds(): boolean {
    switch (this.#state) {
      case "size":
      case "extension":
        if (this.#digits === 0) throw new BadResponse("a chunk has no size");
        this.#state = this.#left === 0 ? "trailer" : "data";
        this.#digits = 0;
        this.#lineLength = 0;
        return false;
      case "data-end":
        this.#state = "size";
        this.#left = 0;
        return false;
      default: {
        const ended = this.#lineLength === 0;
        this.#lineLength = 0;
        return ended;
      }
    }
  }

  #take(byte: number): void {
    switch (this.#state) {
      case "size": {
        const digit = hexDigit(byte);
        if (digit >= 0 && this.#digits < 12) {
          this.#left = this.#left * 16 + digit;
          this.#digits++;
          return;
        }
        if (this.#digits > 0 && (byte === 59 || byte === 32 || byte === 9)) {
          this.#state = "extension";
          return;
        }
        throw new BadResponse("a chunk has a malformed size");
      }
      case "data-end":
        throw new BadResponse("a chunk is longer than its size says");
      default:
        this.#lineLength++;
        if (++this.#spent > 65_536) throw new BadResponse("a chunked body has endless extensions or trailers");
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
