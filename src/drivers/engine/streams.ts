/** Reading the engines' byte streams: one JSON value a line, and container output with Docker's 8-byte headers. */
import type { z } from "zod";

/** Parses a stream of JSON values, one a line. A line that is not of the schema ends the stream with zod's error. */
export async function* jsonLines<T>(source: AsyncIterable<Buffer>, schema: z.ZodType<T>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield schema.parse(JSON.parse(line));
  }
  if (rest.trim() !== "") yield schema.parse(JSON.parse(rest));
}

const HEADER_BYTES = 8;

/**
 * Takes the payload out of multiplexed output (Docker API, "Attach to a container", stream format: one byte of stream
 * number, three zero bytes, four bytes of length). Containers with a terminal send plain bytes: those are kept as they are.
 */
export function withoutFrames(bytes: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const framed = bytes.readUInt8(at) <= 2 && bytes.readUIntBE(at + 1, 3) === 0;
    if (!framed) return at === 0 ? bytes.toString("utf8") : Buffer.concat(parts).toString("utf8");
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  return parts.length === 0 ? bytes.toString("utf8") : Buffer.concat(parts).toString("utf8");
}

/** Takes stdout out of multiplexed output as it comes, in chunks of any size; stderr is told as text. */
export class FrameReader {
  readonly #onError: (text: string) => void;
  /** The beginning of a header whose rest has not come yet. */
  #header: Buffer = Buffer.alloc(0);
  #stream = 0;
  /** Bytes of the current frame that are still to come. */
  #left = 0;

  constructor(onError: (text: string) => void) {
    this.#onError = onError;
  }

  *read(chunk: Buffer): Generator<Buffer> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        const needed = HEADER_BYTES - this.#header.length;
        this.#header = Buffer.concat([this.#header, rest.subarray(0, needed)]);
        rest = rest.subarray(needed);
        if (this.#header.length < HEADER_BYTES) return;
        this.#stream = this.#header.readUInt8(0);
        this.#left = this.#header.readUInt32BE(4);
        this.#header = Buffer.alloc(0);
        continue;
      }
      const payload = rest.subarray(0, this.#left);
      rest = rest.subarray(payload.length);
      this.#left -= payload.length;
      if (this.#stream === 1) yield payload;
      else this.#onError(payload.toString("utf8"));
    }
  }
}
