/** Looking into a backup, and picking what is wanted of it. */
import { HubError } from "../../kernel/index.ts";
import type { TarPart } from "./repository/snapshot.ts";
import { type ChunkReader, readStream } from "./repository/streams.ts";
import { entriesOf, type PlacedEntry } from "./tar-part.ts";
import { plainPath, type TarEntry } from "./toc.ts";

/** What lies directly in a folder, or the one thing that `path` names. @throws HubError `not-found` */
export async function listEntries(reader: ChunkReader, part: TarPart, path: string): Promise<readonly TarEntry[]> {
  const wanted = plainPath(path);
  const below = wanted === "" ? "" : `${wanted}/`;
  const found = new Map<string, TarEntry>();
  let itself: TarEntry | undefined;
  for await (const entry of entriesOf(reader, part)) {
    if (entry.path === wanted) itself = entry;
    else if (entry.path.startsWith(below)) {
      const [name = ""] = entry.path.slice(below.length).split("/", 1);
      const path = `${below}${name}`;
      // A folder that has no entry of its own is seen by what lies in it.
      if (entry.path === path) found.set(path, entry);
      else if (!found.has(path)) found.set(path, { ...entry, path, kind: "folder", mode: 0o755, size: 0, target: "" });
    }
  }
  if (itself !== undefined && itself.kind !== "folder") return [itself];
  if (itself === undefined && found.size === 0 && wanted !== "") throw notThere(wanted);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * An entry with all below it, the folders above it, and the files that hard links among them lead to; in the order of the tar.
 * @throws HubError `not-found`
 */
export async function pickEntries(reader: ChunkReader, part: TarPart, path: string): Promise<readonly PlacedEntry[]> {
  const wanted = plainPath(path);
  const linked = new Set<string>();
  let there = wanted === "";
  for await (const entry of entriesOf(reader, part)) {
    if (!isBelow(entry.path, wanted)) continue;
    there = true;
    if (entry.kind === "hardlink") linked.add(plainPath(entry.target));
  }
  if (!there) throw notThere(wanted);
  const picked: PlacedEntry[] = [];
  for await (const entry of entriesOf(reader, part)) {
    const above = entry.kind === "folder" && isBelow(wanted, entry.path);
    if (above || isBelow(entry.path, wanted) || linked.has(entry.path)) picked.push(entry);
  }
  return picked;
}

/** The content of one file. @throws HubError `not-found`, `usage` for what is no file */
export async function* readEntry(reader: ChunkReader, part: TarPart, path: string): AsyncGenerator<Buffer> {
  let wanted = plainPath(path);
  let found: PlacedEntry | undefined;
  // A hard link is a second name: the content lies at the first.
  for (let looks = 0; looks < 2; looks++) {
    found = undefined;
    for await (const entry of entriesOf(reader, part)) if (entry.path === wanted) found = entry;
    if (found?.kind !== "hardlink") break;
    wanted = plainPath(found.target);
  }
  if (found === undefined) throw notThere(wanted);
  if (found.kind !== "file") {
    throw new HubError(
      "usage",
      `${path} is no plain file (${found.kind}). Leave out --to: it is then restored into the home, with all below it.`,
    );
  }
  yield* readStream(reader, part.tar, { offset: found.at + found.skip, length: found.size });
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function notThere(path: string): HubError {
  return new HubError("not-found", `There is no ${path} in this backup. “hublet backup show ID PATH” shows what is.`);
}
