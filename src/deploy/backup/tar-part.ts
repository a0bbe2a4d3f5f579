/** Stores one tar with its table of contents, and reads it again. */
import { PassThrough } from "node:stream";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { RepositoryKeys } from "./repository/keys.ts";
import type { TarPart } from "./repository/snapshot.ts";
import { type ChunkReader, readStream, writeStream } from "./repository/streams.ts";
import type { ChunkWriter } from "./repository/writer.ts";
import { entryLine, parseEntryLine, type TarEntry, TarReader } from "./toc.ts";

/** Notes of one tar that are kept. */
const MOST_NOTES = 50;
/** Bytes between two words of progress. */
const STEP = 16 * 1024 * 1024;

export interface TarInput {
  readonly tar: AsyncIterable<Buffer>;
  readonly notes: readonly string[];
  readonly onBytes: (bytes: number) => void;
}

/**
 * A tar that says at its end that something could not be read is kept, with that as `incomplete`.
 * @throws what the source throws before its end; HubError `command-failed` when it is no tar
 */
export async function writeTar(writer: ChunkWriter, keys: RepositoryKeys, input: TarInput): Promise<TarPart> {
  const lines = new PassThrough();
  const contents = writeStream(writer, keys, lines);
  contents.catch(() => undefined); // awaited below, unless the tar fails first
  let files = 0;
  const reader = new TarReader((entry) => {
    files += 1;
    lines.write(entryLine(entry));
  });
  let incomplete: string | undefined;
  const passed = async function* (): AsyncGenerator<Buffer> {
    let bytes = 0;
    let told = 0;
    try {
      for await (const piece of input.tar) {
        reader.push(piece);
        bytes += piece.length;
        if (bytes - told >= STEP) {
          told = bytes;
          input.onBytes(bytes);
        }
        yield piece;
      }
    } catch (error) {
      if (!reader.complete || !(error instanceof HubError)) throw error;
      incomplete = messageOf(error);
    }
    if (!reader.complete) throw new HubError("command-failed", "What tar gave was cut short. Try again.");
    input.onBytes(bytes);
  };
  try {
    const tar = await writeStream(writer, keys, passed());
    lines.end();
    return {
      ...{ tar, contents: await contents, files, extended: reader.extended },
      ...(incomplete === undefined ? {} : { incomplete }),
      notes: input.notes.slice(0, MOST_NOTES),
    };
  } finally {
    lines.destroy();
  }
}

export interface PlacedEntry extends TarEntry {
  /** Where it begins in the tar. */
  readonly at: number;
}

/** What is in a tar, in its order, without reading it. */
export async function* entriesOf(reader: ChunkReader, part: TarPart): AsyncGenerator<PlacedEntry> {
  const decoder = new TextDecoder();
  let rest = "";
  let at = 0;
  for await (const bytes of readStream(reader, part.contents)) {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const entry = parseEntryLine(line);
      yield { ...entry, at };
      at += entry.span;
    }
  }
}

/** A tar of some entries of another one, byte by byte as they were. @param entries in the order of the tar */
export async function* tarOfEntries(
  reader: ChunkReader,
  part: TarPart,
  entries: readonly PlacedEntry[],
): AsyncGenerator<Buffer> {
  for (let n = 0; n < entries.length; ) {
    const first = entries[n];
    if (first === undefined) break;
    let end = first.at;
    // Neighbours are read in one go.
    for (; entries[n]?.at === end; n++) end += entries[n]?.span ?? 0;
    yield* readStream(reader, part.tar, { offset: first.at, length: end - first.at });
  }
  yield Buffer.alloc(1024);
}
