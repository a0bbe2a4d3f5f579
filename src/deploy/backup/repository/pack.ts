/**
 * Packs: files of about 32 MiB with many chunks, so that a place far away is not drowned in small files.
 *
 * `packs/NAME.pack`, NAME being the SHA-256 of the file: sealed chunks one after the other, then the sealed table (JSON: id, length
 * and length of the plain chunk, in order), its length in 4 bytes, and 8 bytes `HUBLETP1`. A sealed chunk is bound to its id;
 * inside, its first byte says 0: as it is, or 1: compressed by zstd.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { z } from "zod";
import type { RepositoryKeys } from "./keys.ts";

export const PACK_BYTES = 32 * 1024 * 1024;
const MAGIC = Buffer.from("HUBLETP1");
const TAIL_BYTES = 4 + MAGIC.length;
const PLAIN = Buffer.from([0]);
const COMPRESSED = Buffer.from([1]);

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export interface PackedChunk {
  readonly id: string;
  readonly offset: number;
  /** As it lies in the pack. */
  readonly length: number;
  /** Of the plain chunk. */
  readonly plain: number;
}

export interface Pack {
  readonly name: string;
  readonly bytes: number;
  readonly chunks: readonly PackedChunk[];
}

export function packPath(name: string): string {
  return `packs/${name}.pack`;
}

/** The sealed form of a chunk. */
export async function sealChunk(keys: RepositoryKeys, id: string, plain: Buffer): Promise<Buffer> {
  const small = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const body = small.length < plain.length ? [COMPRESSED, small] : [PLAIN, plain];
  return keys.seal(`chunk:${id}`, Buffer.concat(body));
}

/** Undefined when it is not what its id says. */
export async function openChunk(
  keys: RepositoryKeys,
  chunk: Pick<PackedChunk, "id" | "plain">,
  sealed: Buffer,
): Promise<Buffer | undefined> {
  const body = keys.open(`chunk:${chunk.id}`, sealed);
  if (body === undefined || body.length === 0) return undefined;
  const plain =
    body[0] === 1
      ? await decompress(body.subarray(1), { maxOutputLength: Math.max(chunk.plain, 1) }).catch(() => undefined)
      : body.subarray(1);
  return plain !== undefined && keys.chunkId(plain) === chunk.id ? plain : undefined;
}

/** Gathers sealed chunks to one pack. */
export class PackBuilder {
  readonly #parts: Buffer[] = [];
  readonly #chunks: PackedChunk[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(id: string, sealed: Buffer, plain: number): void {
    this.#chunks.push({ id, offset: this.#bytes, length: sealed.length, plain });
    this.#parts.push(sealed);
    this.#bytes += sealed.length;
  }

  finish(keys: RepositoryKeys): { readonly pack: Pack; readonly content: readonly Buffer[] } {
    const table = keys.seal(
      "pack",
      Buffer.from(JSON.stringify(this.#chunks.map(({ id, length, plain }) => [id, length, plain]))),
    );
    const length = Buffer.alloc(4);
    length.writeUInt32BE(table.length);
    const content = [...this.#parts, table, length, MAGIC];
    const hash = createHash("sha256");
    for (const part of content) hash.update(part);
    const bytes = this.#bytes + table.length + TAIL_BYTES;
    return { pack: { name: hash.digest("hex"), bytes, chunks: this.#chunks }, content };
  }
}

const tableSchema = z.array(z.tuple([z.string(), z.number(), z.number()]));

/** What a whole pack says it holds; undefined when its end is damaged. */
export function readTable(keys: RepositoryKeys, content: Buffer): readonly PackedChunk[] | undefined {
  if (content.length < TAIL_BYTES || !content.subarray(-MAGIC.length).equals(MAGIC)) return undefined;
  const length = content.readUInt32BE(content.length - TAIL_BYTES);
  const end = content.length - TAIL_BYTES;
  const table = length <= end ? keys.open("pack", content.subarray(end - length, end)) : undefined;
  if (table === undefined) return undefined;
  let offset = 0;
  return tableSchema.parse(JSON.parse(table.toString("utf8"))).map(([id, size, plain]) => {
    const chunk = { id, offset, length: size, plain };
    offset += size;
    return chunk;
  });
}
