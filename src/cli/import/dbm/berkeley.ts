/**
 * Berkeley DB's hash files (versions 7 to 9), as `ndbm` makes them on Debian: every page of keys and data is read, which
 * finds all entries without following the hash.
 */
import type { Entries } from "./read.ts";

const MAGIC = 0x061561;
const PAGE_SIZE_AT = 20;
/** `P_HASH_UNSORTED` and `P_HASH`. */
const HASH_PAGES: ReadonlySet<number> = new Set([2, 13]);
const PAGE_HEADER = 26;
/** `H_KEYDATA`: the bytes themselves; other kinds lead to further pages, which a name and a hash never need. */
const KEY_DATA = 1;

export function isBerkeley(bytes: Buffer): boolean {
  return bytes.length >= 512 && bytes.readUInt32LE(12) === MAGIC;
}

/** @throws RangeError when a page is damaged */
export function readBerkeley(bytes: Buffer): Entries {
  const pageSize = bytes.readUInt32LE(PAGE_SIZE_AT);
  if (pageSize < 512 || pageSize > 65_536) throw new RangeError("its pages have no size that could be");
  const entries = new Map<string, string>();
  for (let start = pageSize; start + pageSize <= bytes.length; start += pageSize) {
    const page = bytes.subarray(start, start + pageSize);
    if (!HASH_PAGES.has(page.readUInt8(25))) continue;
    const items = itemsOf(page);
    for (let index = 0; index + 1 < items.length; index += 2) entries.set(items[index] ?? "", items[index + 1] ?? "");
  }
  return entries;
}

/** Keys and data in turn; each item ends where the one before it begins, since pages fill from their end. */
function itemsOf(page: Buffer): string[] {
  const count = page.readUInt16LE(20);
  const items: string[] = [];
  let end = page.length;
  for (let index = 0; index < count; index += 1) {
    const at = page.readUInt16LE(PAGE_HEADER + index * 2);
    if (at >= end) throw new RangeError("an item of a page has no room");
    if (page.readUInt8(at) !== KEY_DATA) throw new RangeError("an entry is larger than any name and password");
    items.push(page.toString("utf8", at + 1, end));
    end = at;
  }
  return items;
}
