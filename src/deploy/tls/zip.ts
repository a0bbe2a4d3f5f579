/** Files of a zip archive, in memory. */
import { unzipSync } from "fflate";
import { HubError } from "../../kernel/index.ts";
import { type Budget, type Entry, unusable } from "./entry.ts";

export function isZip(bytes: Buffer): boolean {
  return bytes.length > 30 && bytes.readUInt32LE(0) === 0x04034b50;
}

/**
 * The sizes that the archive claims are taken from the budget before anything is unpacked, and no more is kept of a
 * file than its claimed size; what lies about it is damaged.
 * @throws HubError `certificate-unusable`
 */
export function zipMembers(name: string, bytes: Buffer, budget: Budget): Entry[] {
  // Bit 0 of the general flags (APPNOTE 4.4.4) of the first file; whoever locks one locks all.
  if ((bytes.readUInt16LE(6) & 1) !== 0)
    throw unusable(`${name} is a zip archive with a password. Unpack it first (unzip), and give the files.`);
  let packed = 0;
  try {
    const found = unzipSync(bytes, {
      filter: ({ name: member, size, originalSize }) => {
        if (member.endsWith("/")) return false;
        budget.take(name, originalSize);
        // Files that share their bytes (a zip bomb of the overlapping kind) sum up to more than the archive.
        packed += size;
        if (packed > bytes.length) throw unusable(`${name} is damaged: its files overlap. Fetch it again.`);
        return true;
      },
    });
    return Object.entries(found).map(([member, content]) => ({ name: member, bytes: Buffer.from(content) }));
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw unusable(`${name} is damaged: it begins like a zip archive, but cannot be unpacked. Fetch it again.`, error);
  }
}
