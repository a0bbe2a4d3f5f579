/**
 * Ranges of subordinate ids (subuid(5)). A range must overlap neither another account's range nor a real account:
 * whoever shares a host id can read the other's files. Looking at the last line alone is the classic mistake.
 */
export interface IdRange {
  /** First id. */
  readonly start: number;
  /** How many. */
  readonly count: number;
}

export interface OwnedRange extends IdRange {
  /** Name or number, as written. */
  readonly owner: string;
}

/**
 * What we ask for: 16 blocks of 65,536 ids. The first block is what images expect inside a container; the rest is
 * room for an own uid, or even a small block, for each person. It fits below 2^31 on any ordinary host.
 */
export const WIDE_COUNT = 1_048_576;
/** Without this many, images with files of `nobody` (65534) cannot be unpacked. */
export const LEAST_COUNT = 65_536;

/** `SUB_UID_MIN` of shadow's login.defs: below lie real accounts. */
const FIRST_ID = 100_000;
/** Above 2^31 ids turn negative in some tools and file systems. */
const END_ID = 2 ** 31 - 1;

/** Parses `/etc/subuid` or `/etc/subgid`; lines that are no entries are left out. */
export function parseRanges(source: string): readonly OwnedRange[] {
  return source.split("\n").flatMap((line) => {
    const match = /^([^:#]+):(\d+):(\d+)$/.exec(line.trim());
    if (match?.[1] === undefined) return [];
    return [{ owner: match[1], start: Number(match[2]), count: Number(match[3]) }];
  });
}

/** Whether two ranges share an id. An empty range shares none. */
export function overlaps(a: IdRange, b: IdRange): boolean {
  return a.count > 0 && b.count > 0 && a.start < b.start + b.count && b.start < a.start + a.count;
}

/**
 * The lowest free range that touches none of `taken` (ranges) and `ids` (real uids and gids): 1,048,576 wide, or half
 * of it, and so on, but never under 65,536. `undefined` when nothing is free.
 */
export function freeRange(taken: readonly IdRange[], ids: readonly number[]): IdRange | undefined {
  const used = [...taken, ...ids.map((id) => ({ start: id, count: 1 }))].sort((a, b) => a.start - b.start);
  for (let count = WIDE_COUNT; count >= LEAST_COUNT; count /= 2) {
    let start = FIRST_ID;
    for (const range of used) {
      if (overlaps({ start, count }, range)) start = range.start + range.count;
    }
    if (start + count <= END_ID) return { start, count };
  }
  return undefined;
}
