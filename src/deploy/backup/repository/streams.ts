/**
 * Streams of any length as lists of chunks. The list itself (32 bytes of id and 4 of length for each chunk) is cut and stored as
 * chunks again, so that what a snapshot holds stays small: about 90 ids for 10 TB.
 */
import { z } from "zod";
import { HubError } from "../../../kernel/index.ts";
import { chunksOf } from "./chunker.ts";
import type { RepositoryKeys } from "./keys.ts";
import type { ChunkWriter } from "./writer.ts";

export const streamRefSchema = z.object({
  bytes: z.number(),
  /** Ids of the chunks that make up the list. */
  list: z.array(z.string()),
});
export type StreamRef = z.infer<typeof streamRefSchema>;

const ID_BYTES = 32;
const RECORD_BYTES = ID_BYTES + 4;
/** Chunks fetched ahead of the one that is read. */
const AHEAD = 4;

export interface ChunkReader {
  /** A verified chunk. @throws HubError `backup-unusable` */
  chunk(id: string): Promise<Buffer>;
}

export async function writeStream(
  writer: ChunkWriter,
  keys: RepositoryKeys,
  source: AsyncIterable<Buffer>,
): Promise<StreamRef> {
  let bytes = 0;
  const records: Buffer[] = [];
  for await (const chunk of chunksOf(source, keys.gear)) {
    const record = Buffer.alloc(RECORD_BYTES);
    Buffer.from(await writer.add(chunk), "base64url").copy(record);
    record.writeUInt32BE(chunk.length, ID_BYTES);
    records.push(record);
    bytes += chunk.length;
  }
  const list: string[] = [];
  for await (const chunk of chunksOf(records, keys.gear)) list.push(await writer.add(chunk));
  return { bytes, list };
}

/** The chunks of a stream, in order. */
export async function* chunksOfStream(
  reader: ChunkReader,
  stream: StreamRef,
): AsyncGenerator<{ readonly id: string; readonly bytes: number }> {
  let rest: Buffer = Buffer.alloc(0);
  for (const id of stream.list) {
    rest = Buffer.concat([rest, await reader.chunk(id)]);
    let at = 0;
    for (; at + RECORD_BYTES <= rest.length; at += RECORD_BYTES) {
      yield {
        id: rest.toString("base64url", at, at + ID_BYTES),
        bytes: rest.readUInt32BE(at + ID_BYTES),
      };
    }
    rest = rest.subarray(at);
  }
}

/** Some bytes of a stream, or all. @throws HubError `backup-unusable` */
export async function* readStream(
  reader: ChunkReader,
  stream: StreamRef,
  range: { readonly offset: number; readonly length: number } = { offset: 0, length: stream.bytes },
): AsyncGenerator<Buffer> {
  const end = range.offset + range.length;
  let given = 0;
  for await (const { at, content } of fetchedAhead(reader, stream, range.offset, end)) {
    const part = (await content).subarray(Math.max(0, range.offset - at), end - at);
    given += part.length;
    if (part.length > 0) yield part;
  }
  if (given !== Math.min(end, stream.bytes) - range.offset)
    throw new HubError("backup-unusable", "The backup is damaged: a list of chunks is shorter than it should be.");
}

async function* fetchedAhead(
  reader: ChunkReader,
  stream: StreamRef,
  from: number,
  to: number,
): AsyncGenerator<{ readonly at: number; readonly content: Promise<Buffer> }> {
  const waiting: { readonly at: number; readonly content: Promise<Buffer> }[] = [];
  let at = 0;
  for await (const { id, bytes } of chunksOfStream(reader, stream)) {
    if (at >= to) break;
    if (at + bytes > from) {
      const content = reader.chunk(id);
      content.catch(() => undefined); // told when it is its turn
      waiting.push({ at, content });
    }
    at += bytes;
    if (waiting.length > AHEAD) yield* waiting.splice(0, 1);
  }
  yield* waiting;
}
