/** Files of a tar archive, in memory. Nothing is written anywhere, so names in it lead nowhere. */
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { HubError } from "../../kernel/index.ts";
import { type Budget, type Entry, unusable } from "./entry.ts";

const HEADER = 512;
/** Where the header's own checksum stands: eight bytes that count as spaces in it. */
const SUM = { from: 148, to: 156 } as const;

/** By the checksum of the first header, which archives of every age have. */
export function isTar(bytes: Buffer): boolean {
  if (bytes.length < HEADER || bytes[0] === 0) return false;
  const written = Number.parseInt(bytes.toString("latin1", SUM.from, SUM.to).replaceAll("\0", " ").trim(), 8);
  let sum = 0;
  for (let at = 0; at < HEADER; at++) sum += at >= SUM.from && at < SUM.to ? 32 : (bytes[at] ?? 0);
  return sum === written;
}

/** @throws HubError `certificate-unusable` when it is damaged or holds too much */
export async function tarMembers(name: string, bytes: Buffer, budget: Budget): Promise<Entry[]> {
  const members: Entry[] = [];
  const archive = extract();
  archive.end(bytes);
  try {
    for await (const entry of archive) {
      const { name: member, type, size = 0 } = entry.header;
      budget.take(name, type === "file" ? size : 0);
      if (type === "file") members.push({ name: member, bytes: await buffer(entry) });
      else entry.resume();
    }
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw unusable(`${name} is damaged: it begins like a tar archive, but cannot be read. Fetch it again.`, error);
  }
  return members;
}
