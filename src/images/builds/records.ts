/** What is remembered of builds: one folder each, with `build.json`, `log.txt`, and `context.tar` while it is needed. */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BuildView, buildSchema } from "../../contract/index.ts";

const KEPT = 50;
/** As `newBuildId` makes them: nothing else in the folder is ours to delete. */
const ID = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

export interface BuildPlaces {
  readonly folder: string;
  readonly record: string;
  readonly log: string;
  readonly context: string;
}

export function placesOf(root: string, id: string): BuildPlaces {
  const folder = join(root, id);
  return {
    folder,
    record: join(folder, "build.json"),
    log: join(folder, "log.txt"),
    context: join(folder, "context.tar"),
  };
}

/** `20300102-030405-a1b2c3`: in the order of the alphabet they are in the order of time. */
export function newBuildId(now: number, random: string): string {
  const digits = new Date(now).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random}`;
}

/** Writes the record whole, or not at all. */
export async function writeRecord(root: string, build: BuildView): Promise<void> {
  const { record } = placesOf(root, build.id);
  const part = `${record}.part`;
  const handle = await open(part, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(build)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, record);
}

/**
 * All records of the folder, oldest first; makes the folder. What cannot be read is left out, and left where it is; what has no
 * record goes: its hub ended while it took in what was to be built, which may be large.
 */
export async function readRecords(root: string): Promise<BuildView[]> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const records: BuildView[] = [];
  for (const name of (await readdir(root)).filter((entry) => ID.test(entry)).sort()) {
    const places = placesOf(root, name);
    if (!existsSync(places.record)) {
      await rm(places.folder, { recursive: true, force: true });
      continue;
    }
    const text = await readFile(places.record, "utf8").catch(() => "");
    const parsed = buildSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.id === name) records.push(parsed.data);
  }
  return records;
}

/** Deletes the oldest ended builds; gives the ids that are gone. */
export async function trimRecords(root: string, builds: readonly BuildView[], kept = KEPT): Promise<string[]> {
  const ended = builds.filter(({ endedAt }) => endedAt !== null);
  const gone = ended.slice(0, Math.max(0, builds.length - kept)).map(({ id }) => id);
  for (const id of gone) if (ID.test(id)) await rm(join(root, id), { recursive: true, force: true });
  return gone;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half-written by a crash of the host: it counts as none
  }
}
