import { createHash } from "node:crypto";
import { join } from "node:path";
import { escapeName } from "../../kernel/index.ts";

/**
 * A file name for any server or volume name: only `a-z`, `0-9` and `-` are left, so it can neither leave its folder nor be
 * hidden. Long ones are cut and end in a hash, since file systems stop at 255 bytes.
 */
export function fileNameOf(name: string): string {
  const escaped = escapeName(name);
  if (escaped.length > 0 && escaped.length <= 200) return escaped;
  return `${escaped.slice(0, 180)}-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

/** The name that a folder of volumes stands for; undefined for cut ones, and for what is none of ours. */
export function volumeNameOf(fileName: string): string | undefined {
  try {
    const name = decodeURIComponent(fileName.replaceAll("-", "%"));
    return fileNameOf(name) === fileName ? name : undefined;
  } catch {
    return undefined; // not of our making
  }
}

export function volumeFolder(homes: string, name: string): string {
  return join(homes, fileNameOf(name));
}
