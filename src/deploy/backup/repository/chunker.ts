/**
 * Cuts a stream into chunks where its content says so, so that an insertion changes one or two chunks and not all that follow.
 * FastCDC (Xia et al., USENIX ATC 2016): a gear hash over the last 32 bytes, cut where its upper bits are zero; harder to meet
 * before the usual size, easier after it. The gear table is of the repository's key: the sizes of chunks tell nothing of known files.
 */

export interface ChunkSizes {
  readonly least: number;
  /** Where the cut becomes easier; the mean is a little more. */
  readonly usual: number;
  readonly most: number;
}

export const CHUNK_SIZES: ChunkSizes = { least: 512 * 1024, usual: 1024 * 1024, most: 4 * 1024 * 1024 };

/** @param gear 256 random numbers of 32 bits */
export async function* chunksOf(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  gear: Int32Array,
  sizes: ChunkSizes = CHUNK_SIZES,
): AsyncGenerator<Buffer> {
  const bits = Math.round(Math.log2(sizes.usual));
  const scanner = new Scanner(gear, upper(bits + 2), upper(bits - 2), sizes);
  for await (const bytes of source) {
    let from = 0;
    while (from < bytes.length) {
      const end = scanner.scan(bytes, from);
      if (end < 0) {
        scanner.keep(bytes.subarray(from));
        break;
      }
      yield scanner.cut(bytes.subarray(from, end));
      from = end;
    }
  }
  const rest = scanner.cut(Buffer.alloc(0));
  if (rest.length > 0) yield rest;
}

function upper(bits: number): number {
  return bits <= 0 ? 0 : -1 << (32 - bits);
}

class Scanner {
  readonly #gear: Int32Array;
  readonly #hard: number;
  readonly #easy: number;
  readonly #sizes: ChunkSizes;
  #kept: Buffer[] = [];
  #length = 0;
  #hash = 0;

  constructor(gear: Int32Array, hard: number, easy: number, sizes: ChunkSizes) {
    this.#gear = gear;
    this.#hard = hard;
    this.#easy = easy;
    this.#sizes = sizes;
  }

  /** Where the current chunk ends in `bytes`, or -1 when it goes on. */
  scan(bytes: Buffer, from: number): number {
    const { least, usual, most } = this.#sizes;
    // Position in `bytes` of the chunk's beginning; negative when it began earlier.
    const begin = from - this.#length;
    const first = Math.max(from, begin + least);
    const middle = Math.min(bytes.length, Math.max(first, begin + usual));
    const last = Math.min(bytes.length, begin + most);
    const gear = this.#gear;
    let hash = this.#hash;
    let at = first;
    for (const [end, mask] of [
      [middle, this.#hard],
      [last, this.#easy],
    ] as const) {
      for (; at < end; at++) {
        hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0; // in bounds: this is the innermost loop
        if ((hash & mask) === 0) return at + 1;
      }
    }
    this.#hash = hash;
    return begin + most <= bytes.length ? begin + most : -1;
  }

  /** The source may use its memory again, so bytes that wait are copied. */
  keep(bytes: Buffer): void {
    this.#kept.push(Buffer.from(bytes));
    this.#length += bytes.length;
  }

  cut(bytes: Buffer): Buffer {
    const chunk = Buffer.concat([...this.#kept, bytes]);
    this.#kept = [];
    this.#length = 0;
    this.#hash = 0;
    return chunk;
  }
}
