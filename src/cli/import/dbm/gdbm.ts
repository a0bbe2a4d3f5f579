/** GNU dbm's files (gdbm 1.8 to 1.24, little-endian, 64-bit offsets): a directory of buckets, found from the header. */
import type { Entries } from "./read.ts";

/** `GDBM_MAGIC` of 64-bit files, and the same with the extended header (gdbm 1.21). */
const MAGIC = 0x13579acf;
const MAGIC_EXTENDED = 0x13579ad1;
/** Of a bucket: `av_count` and six free blocks come before `bucket_bits`, `count` and the table. */
const BUCKET_TABLE = 112;
const ELEMENT = 24;
const EMPTY = 0xffffffff;

export function isGdbm(bytes: Buffer): boolean {
  if (bytes.length < 64) return false;
  const magic = bytes.readUInt32LE(0);
  return magic === MAGIC || magic === MAGIC_EXTENDED;
}

/** @throws RangeError when the file ends early or leads nowhere */
export function readGdbm(bytes: Buffer): Entries {
  const directory = offsetAt(bytes, 8);
  const directorySize = bytes.readUInt32LE(16);
  const elements = bytes.readUInt32LE(28);
  // Several entries of the directory may lead to one bucket.
  const buckets = new Set<number>();
  for (let at = 0; at < directorySize; at += 8) buckets.add(offsetAt(bytes, directory + at));
  const entries = new Map<string, string>();
  for (const bucket of buckets) {
    for (let index = 0; index < elements; index += 1) {
      const element = bucket + BUCKET_TABLE + index * ELEMENT;
      if (bytes.readUInt32LE(element) === EMPTY) continue;
      const data = offsetAt(bytes, element + 8);
      const keySize = bytes.readUInt32LE(element + 16);
      const dataSize = bytes.readUInt32LE(element + 20);
      if (data + keySize + dataSize > bytes.length) throw new RangeError("an entry lies beyond its end");
      entries.set(
        bytes.toString("utf8", data, data + keySize),
        bytes.toString("utf8", data + keySize, data + keySize + dataSize),
      );
    }
  }
  return entries;
}

function offsetAt(bytes: Buffer, at: number): number {
  const offset = Number(bytes.readBigUInt64LE(at));
  if (offset > bytes.length) throw new RangeError("it leads to a place beyond its end");
  return offset;
}
