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
