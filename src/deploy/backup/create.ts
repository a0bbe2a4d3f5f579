/** Making a backup of a hub that runs. */
import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Driver } from "../../drivers/index.ts";
import { type Closable, HubError, isoTime, messageOf, systemCode, userName, volumeName } from "../../kernel/index.ts";
import type { DumpLine, StoreLocation } from "../../store/index.ts";
import { sourcesBelow, type TarSource, tarOf } from "./folder-tar.ts";
import { lockRepository } from "./repository/locks.ts";
import type { Repository } from "./repository/repository.ts";
import { type HomePart, type Snapshot, snapshotId, type TarPart, writeSnapshot } from "./repository/snapshot.ts";
import { type StreamRef, writeStream } from "./repository/streams.ts";
import { ChunkWriter, type WriteTally } from "./repository/writer.ts";
import { writeTar } from "./tar-part.ts";

/** The hub's own keys, without which sessions end and sealed values are lost. The vault's identity is each host's own. */
const HUB_KEYS = ["hub.key", "gate.key", "proxy.token", "cli.token"] as const;
/** How long a backup waits for pruning to end. */
const LOCK_WAIT_MS = 30 * 60 * 1000;

export interface BackupProgress {
  /** What is read now: “the database”, “the home jupyterhub-user-ada”. */
  readonly what: string;
  /** Of it, so far. */
  readonly bytes: number;
  readonly done: boolean;
}

export interface BackupParts {
  readonly version: string;
  /** Folder that one backup at a time is made of: the state folder. */
  readonly state: string;
  readonly database: StoreLocation;
  readonly configuration: {
    /** `hublet.yaml`, absolute. */
    readonly file: string;
    /** Take the whole folder of it; else only `files`. */
    readonly wholeFolder: boolean;
    /** Files that belong to the configuration, absolute; also those elsewhere (certificates). */
    readonly files: readonly string[];
  };
  /** Folder of the hub's keys. */
  readonly secrets: string;
  readonly archives: string;
  readonly driver: Pick<Driver, "listVolumes" | "packVolume">;
  /** The hub's id. */
  readonly hub: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly onNote: (note: string) => void;
}

export interface BackupResult {
  readonly snapshot: Snapshot;
  readonly tally: WriteTally;
}

/**
 * Homes that cannot be read are in the snapshot's `failures` (or `incomplete`), and keep nothing else from being backed up.
 * @throws HubError when there is no backup at all
 */
export async function createBackup(repository: Repository, parts: BackupParts): Promise<BackupResult> {
  const { store, keys, clock } = repository;
  const running = await oneAtATime(parts.state);
  try {
    const onWait = (who: string) => parts.onNote(`Waiting: the backup is in use (${who}).`);
    const options = { kind: "shared", doing: "a backup", clock, wait: LOCK_WAIT_MS, onWait } as const;
    const lock = await lockRepository(store, options);
    try {
      const writer = new ChunkWriter(store, keys, await repository.load());
      try {
        const snapshot = await gather(repository, writer, parts);
        await writer.finish();
        // Pruning may only have taken chunks away if it took this lock first.
        await lock.confirm();
        await writeSnapshot(store, keys, snapshot);
        return { snapshot, tally: writer.tally };
      } finally {
        await writer.abandon();
      }
    } finally {
      await lock.close();
    }
  } finally {
    await running.close();
  }
}

async function gather(repository: Repository, writer: ChunkWriter, parts: BackupParts): Promise<Snapshot> {
  const { keys, clock } = repository;
  const now = clock.now();
  const writing: Writing = { writer, keys, parts };
  const { dump, rows } = await writeDatabase(writing);
  const { file } = parts.configuration;
  const configuration = await writeFolder(writing, "the configuration", await configurationSources(parts));
  const archives = await sourcesBelow(parts.archives, "archives");
  const homes = await writeHomes(writing);
  return {
    ...{ format: 1, id: snapshotId(new Date(now)), at: isoTime(now), version: parts.version },
    ...{ host: hostname(), hub: parts.hub },
    database: { dump, rows, kind: parts.database.kind },
    configuration: { ...configuration, file: relative(dirname(file), file), folder: dirname(file) },
    keys: await writeStream(writer, keys, keysOf(parts.secrets)),
    archives: archives.length === 0 ? null : await writeFolder(writing, "the archives", archives),
    ...homes,
  };
}

interface Writing {
  readonly writer: ChunkWriter;
  readonly keys: Repository["keys"];
  readonly parts: BackupParts;
}

async function writeDatabase({ writer, keys, parts }: Writing): Promise<{ dump: StreamRef; rows: number }> {
  // Loading the query layer takes a tenth of a second, which every other command would pay.
  const { asBytes, linesOf } = await import("../../store/index.ts");
  let rows = 0;
  const counted = async function* (): AsyncGenerator<DumpLine> {
    for await (const line of linesOf(parts.database)) {
      if ("end" in line) rows = Object.values(line.end).reduce((sum, table) => sum + table.rows, 0);
      yield line;
    }
  };
  parts.onProgress({ what: "the database", bytes: 0, done: false });
  const dump = await writeStream(writer, keys, asBytes(counted()));
  parts.onProgress({ what: "the database", bytes: dump.bytes, done: true });
  return { dump, rows };
}

/** `folder/…` is what lies beside the main file, `outside/…` what it names elsewhere. */
async function configurationSources({ configuration }: BackupParts): Promise<readonly TarSource[]> {
  const folder = dirname(configuration.file);
  const named = configuration.files.map((path): TarSource => {
    const inside = !relative(folder, path).startsWith("..");
    return { path, name: inside ? `folder/${relative(folder, path)}` : `outside${path}` };
  });
  if (!configuration.wholeFolder) return named;
  return [...(await sourcesBelow(folder, "folder")), ...named.filter(({ name }) => name.startsWith("outside/"))];
}

async function* keysOf(secrets: string): AsyncGenerator<Buffer> {
  const found: Record<string, string> = {};
  for (const name of HUB_KEYS) {
    const text = await readFile(join(secrets, name), "utf8").catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (text !== undefined) found[name] = text.trim();
  }
  yield Buffer.from(JSON.stringify(found));
}

async function writeFolder(writing: Writing, what: string, sources: readonly TarSource[]): Promise<TarPart> {
  return await writePart(writing, what, tarOf(sources), []);
}

async function writePart(
  { writer, keys, parts }: Writing,
  what: string,
  tar: AsyncIterable<Buffer>,
  notes: readonly string[],
): Promise<TarPart> {
  parts.onProgress({ what, bytes: 0, done: false });
  const onBytes = (bytes: number) => parts.onProgress({ what, bytes, done: false });
  const part = await writeTar(writer, keys, { tar, notes, onBytes });
  parts.onProgress({ what, bytes: part.tar.bytes, done: true });
  return part;
}

async function writeHomes(writing: Writing): Promise<Pick<Snapshot, "homes" | "failures">> {
  const { driver, signal, onNote } = writing.parts;
  const homes: HomePart[] = [];
  const failures: Snapshot["failures"] = [];
  for (const { volume, labels, user } of await volumesOf(writing.parts)) {
    const what = `the home ${volume}`;
    const notes: string[] = [];
    try {
      const tar = driver.packVolume(volume, { signal, onNote: (note) => notes.push(note) });
      const part = await writePart(writing, what, tar, notes);
      homes.push({ ...part, volume, labels, user });
      if (part.incomplete !== undefined) onNote(`${what} is not complete: ${part.incomplete}`);
      if (notes.length > 0) onNote(`${what} was in use: ${notes.length} files changed while they were read.`);
    } catch (error) {
      signal.throwIfAborted();
      // Who never started a server has no files; volumes that went meanwhile, neither.
      if (error instanceof HubError && error.code === "not-found") continue;
      if (error instanceof HubError && ENDS_ALL.has(error.code)) throw error;
      failures.push({ what, message: messageOf(error) });
      onNote(`${what} could not be read: ${messageOf(error)}`);
    }
  }
  return { homes, failures };
}

/** With these no other home can be written either. */
const ENDS_ALL: ReadonlySet<string> = new Set([
  "backup-unusable",
  "disk-full",
  "host-unreachable",
  "engine-unreachable",
]);

/** The hub's volumes, and those of its people that were there before it and have no label. */
async function volumesOf({ driver, database }: BackupParts) {
  const { openAsIs } = await import("../../store/index.ts");
  const store = await openAsIs(database);
  const people = new Map<string, string>();
  try {
    for (const { name } of await store.db.selectFrom("users").select("name").orderBy("name").execute())
      people.set(volumeName(userName(name)), name);
  } finally {
    await store.close();
  }
  const listed = new Map((await driver.listVolumes()).map(({ name, labels }) => [name, labels]));
  return [...new Set([...listed.keys(), ...people.keys()])].sort().map((volume) => ({
    ...{ volume, labels: listed.get(volume) ?? {}, user: people.get(volume) ?? null },
  }));
}

/**
 * Holds off a second backup of the same hub, whose tar would end the first one's. A socket in Linux's abstract namespace is gone with
 * its process, however that ends.
 */
async function oneAtATime(state: string): Promise<Closable> {
  const name = createHash("sha256")
    .update(`backup ${await realpath(state)}`)
    .digest("hex")
    .slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(`\0hublet-${name}`, resolve);
    });
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") throw error;
    throw new HubError("conflict", "A backup of this hub is being made already. Wait until it is over.");
  }
  return { close: () => new Promise((resolve) => void server.close(() => resolve())) };
}
