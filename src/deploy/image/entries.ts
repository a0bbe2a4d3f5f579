/** What a layer of an image is made of: files that were read already, files that stay where they are, and folders. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";

/** Paths are those in the image, without a slash at the beginning. */
export type Entry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "content"; readonly path: string; readonly content: Buffer; readonly executable: boolean }
  | {
      readonly kind: "file";
      readonly path: string;
      /** Where it lies here. */
      readonly source: string;
      readonly size: number;
      readonly executable: boolean;
    };
/** One that was read: what its digest was made of is what is written, whoever edits the file meanwhile. */
export type ContentEntry = Extract<Entry, { kind: "content" }>;
export type FileEntry = Extract<Entry, { kind: "file" }>;

/** With the folders on the way, each path once, parents before what is in them, always in the same order. */
export function completed<E extends Entry>(entries: readonly E[]): readonly (E | Extract<Entry, { kind: "folder" }>)[] {
  const all = new Map<string, E | Extract<Entry, { kind: "folder" }>>();
  for (const entry of entries) {
    for (let folder = posix.dirname(entry.path); folder !== "."; folder = posix.dirname(folder))
      if (!all.has(folder)) all.set(folder, { kind: "folder", path: folder, mode: 0o755 });
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function textEntry(path: string, text: string): ContentEntry {
  return { kind: "content", path, content: Buffer.from(text), executable: false };
}

/** A file, or what a link leads to. @throws the file system's error when it is not there */
export async function fileEntry(source: string, path: string): Promise<FileEntry> {
  const { size, mode } = await stat(source);
  return { kind: "file", path, source, size, executable: (mode & 0o111) !== 0 };
}

/** Reads a file. @throws as `fileEntry` */
export async function contentEntry({ path, source, executable }: FileEntry): Promise<ContentEntry> {
  return { kind: "content", path, content: await readFile(source), executable };
}

/**
 * The files below a folder; links and special files are none.
 * @param keep decides by the name alone, for files and folders
 */
export async function folderEntries(
  folder: string,
  path: string,
  keep: (name: string, kind: "file" | "folder") => boolean,
): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const kind = item.isDirectory() ? "folder" : item.isFile() ? "file" : undefined;
    if (kind === undefined || !keep(item.name, kind)) continue;
    const [source, target] = [join(folder, item.name), `${path}/${item.name}`];
    if (kind === "folder") found.push(...(await folderEntries(source, target, keep)));
    else found.push(await fileEntry(source, target));
  }
  return found;
}
