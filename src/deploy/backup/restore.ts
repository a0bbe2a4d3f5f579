/** Getting back what a backup holds. Each part by itself: who calls says what may be overwritten, and in which order. */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { Driver } from "../../drivers/index.ts";
import { HubError, messageOf, Secret, systemCode } from "../../kernel/index.ts";
import type { StoreLocation } from "../../store/index.ts";
import { pickEntries, readEntry } from "./browse.ts";
import type { BackupProgress } from "./create.ts";
import { type UnpackedFile, unpackTar } from "./folder-tar.ts";
import type { HomePart, Snapshot } from "./repository/snapshot.ts";
import { type ChunkReader, readStream } from "./repository/streams.ts";
import { tarOfEntries } from "./tar-part.ts";

export interface RestoredConfiguration {
  /** Absolute paths. */
  readonly written: readonly string[];
  /** `hublet.yaml` in its new place. */
  readonly file: string;
  /** Files that lay outside the folder (certificates): their old absolute paths. They are not written. */
  readonly outside: readonly { readonly path: string; readonly mode: number; readonly content: Buffer }[];
}

/** Writes the configuration's files into a folder; none may exist. @throws HubError `conflict`, `backup-unusable` */
export async function restoreConfiguration(
  reader: ChunkReader,
  snapshot: Snapshot,
  folder: string,
): Promise<RestoredConfiguration> {
  const { tar, file } = snapshot.configuration;
  const { written, files } = await unpackTar(readStream(reader, tar), {
    place: (name) =>
      name.startsWith("outside/")
        ? "memory"
        : name === "folder"
          ? undefined
          : join(folder, name.slice("folder/".length)),
  });
  const outside = files.map(({ name, ...file }: UnpackedFile) => ({ ...file, path: name.slice("outside".length) }));
  // Callers put these below the folder, where a link would lead them elsewhere.
  const led = outside.find(({ path }) => written.some((each) => join(folder, "outside", path).startsWith(`${each}/`)));
  if (led !== undefined)
    throw new HubError("backup-unusable", `The backup has a file ${led.path} below a link, which leads elsewhere.`);
  return { written, file: join(folder, file), outside };
}

/** They become files of these names: a path would lead elsewhere. */
const keysSchema = z.record(z.string().regex(/^[a-z]+\.(key|token)$/), z.string());

/** The hub's keys by name: `hub.key`, `gate.key`, `proxy.token`, `cli.token`. @throws HubError `backup-unusable` */
export async function restoreKeys(reader: ChunkReader, snapshot: Snapshot): Promise<ReadonlyMap<string, Secret>> {
  const parts: Buffer[] = [];
  for await (const bytes of readStream(reader, snapshot.keys)) parts.push(bytes);
  const read = keysSchema.safeParse(JSON.parse(Buffer.concat(parts).toString("utf8")));
  if (!read.success)
    throw new HubError("backup-unusable", `The keys of the backup ${snapshot.id} are none that a hub has.`);
  return new Map(Object.entries(read.data).map(([name, value]) => [name, new Secret(value)]));
}

/**
 * Puts the database of a backup in the place of another, of either kind, which nobody uses now.
 * @returns where SQLite's old file is now, when there was one
 * @throws HubError `database-unusable`, `backup-unusable`; nothing is changed then
 */
export async function restoreDatabase(
  reader: ChunkReader,
  snapshot: Snapshot,
  target: StoreLocation,
): Promise<string | undefined> {
  const { fromBytes, replaceDatabase } = await import("../../store/index.ts");
  return await replaceDatabase(target, fromBytes(readStream(reader, snapshot.database.dump)));
}

/** Writes the packed files of removed people into a folder; those that exist are refused. */
export async function restoreArchives(
  reader: ChunkReader,
  snapshot: Snapshot,
  folder: string,
): Promise<readonly string[]> {
  if (snapshot.archives === null) return [];
  const { written } = await unpackTar(readStream(reader, snapshot.archives.tar), {
    place: (name) => (name === "archives" ? undefined : join(folder, name.slice("archives/".length))),
  });
  return written;
}

export interface HomeRestore {
  readonly driver: Pick<Driver, "ensureVolume" | "unpackVolume">;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BackupProgress) => void;
}

/**
 * Unpacks a home into its volume, which is made when it is missing.
 * @param folder name in the volume that it goes into; undefined puts it in the place of all that is there
 * @param path only this of it, with the folders above it; all when undefined
 * @throws HubError as `Driver.unpackVolume`, `backup-unusable`, `not-found`
 */
export async function restoreHome(
  reader: ChunkReader,
  home: HomePart,
  { driver, signal, onProgress }: HomeRestore,
  { folder, path }: { readonly folder?: string; readonly path?: string } = {},
): Promise<void> {
  const what = `the home ${home.volume}`;
  const tar =
    path === undefined
      ? readStream(reader, home.tar)
      : tarOfEntries(reader, home, await pickEntries(reader, home, path));
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of tar) {
      bytes += piece.length;
      onProgress({ what, bytes, done: false });
      yield piece;
    }
  };
  await driver.ensureVolume(home.volume, home.labels);
  const options = { signal, extended: home.extended, ...(folder === undefined ? {} : { folder }) };
  await driver.unpackVolume(home.volume, counted(), options);
  onProgress({ what, bytes, done: true });
}

/** Restores all homes in the place of what is there. @returns what failed; the others are restored all the same */
export async function restoreHomes(
  reader: ChunkReader,
  snapshot: Snapshot,
  restore: HomeRestore,
): Promise<readonly { readonly what: string; readonly message: string }[]> {
  const failures: { what: string; message: string }[] = [];
  for (const home of snapshot.homes) {
    try {
      await restoreHome(reader, home, restore);
    } catch (error) {
      restore.signal.throwIfAborted();
      failures.push({ what: `the home ${home.volume}`, message: messageOf(error) });
    }
  }
  return failures;
}

/**
 * Writes one file of a home to a new file of this host, mode 0600, or to a stream.
 * @throws HubError `conflict`, `not-found`, `usage`
 */
export async function restoreFile(
  reader: ChunkReader,
  home: HomePart,
  path: string,
  to: string | Writable,
): Promise<void> {
  const target = typeof to === "string" ? createWriteStream(to, { flags: "wx", mode: 0o600 }) : to;
  try {
    await pipeline(Readable.from(readEntry(reader, home, path)), target);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    throw new HubError("conflict", `${to} exists. Name another file.`, { cause: error });
  }
}

/** @throws HubError `not-found` naming those that are there */
export function homeOf(snapshot: Snapshot, userOrVolume: string): HomePart {
  const home = snapshot.homes.find(({ user, volume }) => user === userOrVolume || volume === userOrVolume);
  if (home !== undefined) return home;
  const names = snapshot.homes.map(({ user, volume }) => user ?? volume).slice(0, 20);
  throw new HubError(
    "not-found",
    `There is no home of ${userOrVolume} in the backup ${snapshot.id}. It has: ${names.join(", ") || "none"}.`,
  );
}
