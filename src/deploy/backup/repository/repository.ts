/**
 * A repository of backups: the only way to its files.
 *
 *     key.json            the master key, encrypted by age for everybody who may read it
 *     packs/NAME.pack     chunks (pack.ts)
 *     index/NAME          which chunk lies where (pack-index.ts)
 *     snapshots/ID        what a backup holds (snapshot.ts)
 *     locks/NAME.json     who works on it (locks.ts)
 *     unfinished/NAME     files that are being written
 *
 * Order of writing: packs, then the index, then the snapshot. What is killed in between leaves packs that nothing names: the next
 * backup uses those that are in the index already, and pruning removes the others.
 */
import { randomBytes } from "node:crypto";
import { type Clock, type Closable, HubError, randomHex, type Secret } from "../../../kernel/index.ts";
import type { BackupStore } from "../store/port.ts";
import { parseKeyFile, type RepositoryKeys, repositoryKeys, unwrapKey, wrapKey } from "./keys.ts";
import { recognise } from "./known.ts";
import { lockRepository } from "./locks.ts";
import { openChunk, packPath } from "./pack.ts";
import { loadIndex, type PackIndex } from "./pack-index.ts";
import { isSnapshotId, readSnapshot, type Snapshot } from "./snapshot.ts";
import type { ChunkReader } from "./streams.ts";

const KEY_FILE = "key.json";
const CREATE_WAIT_MS = 60_000;

export interface RepositoryOptions {
  /** age private keys; one of them must be able to open it. */
  readonly identities: readonly Secret[];
  readonly clock: Clock;
}

export class Repository implements Closable, ChunkReader {
  readonly store: BackupStore;
  readonly keys: RepositoryKeys;
  readonly clock: Clock;
  /** For whom its key is encrypted. */
  readonly recipients: readonly string[];
  #index: PackIndex | undefined;

  constructor(store: BackupStore, keys: RepositoryKeys, clock: Clock, recipients: readonly string[]) {
    this.store = store;
    this.keys = keys;
    this.clock = clock;
    this.recipients = recipients;
  }

  /** Reads the index as it is now; to be called after the lock is taken. */
  async load(): Promise<PackIndex> {
    this.#index = await loadIndex(this.store, this.keys);
    return this.#index;
  }

  /** Reads by this index from now on. */
  use(index: PackIndex): void {
    this.#index = index;
  }

  async chunk(id: string): Promise<Buffer> {
    this.#index ??= await loadIndex(this.store, this.keys);
    const place = this.#index.get(id);
    if (place === undefined) {
      throw new HubError(
        "backup-unusable",
        `The backup ${this.store.where} lacks a chunk (${id}). “hublet backup check” shows what is affected.`,
        { facts: { chunk: id } },
      );
    }
    const sealed = await this.store.get(packPath(place.pack), place);
    const plain = await openChunk(this.keys, { id, plain: place.plain }, sealed);
    if (plain !== undefined) return plain;
    throw new HubError(
      "backup-unusable",
      `The file ${packPath(place.pack)} of the backup ${this.store.where} is damaged. “hublet backup check --read-data” shows what is affected.`,
      { facts: { pack: place.pack, chunk: id } },
    );
  }

  /** Ids, oldest first. */
  async snapshotIds(): Promise<readonly string[]> {
    const files = await this.store.list("snapshots");
    return files
      .map(({ name }) => name)
      .filter(isSnapshotId)
      .sort();
  }

  /** @param wanted an id, the beginning of one, or `latest` @throws HubError `not-found`, `usage`, `backup-unusable` */
  async snapshot(wanted: string): Promise<Snapshot> {
    const ids = await this.snapshotIds();
    const found = wanted === "latest" ? ids.slice(-1) : ids.filter((id) => id.startsWith(wanted));
    const [id] = found;
    if (id === undefined) {
      const hint = ids.length === 0 ? "There is none yet." : "“hublet backup list” shows those that are.";
      throw new HubError("not-found", `There is no backup ${wanted} in ${this.store.where}. ${hint}`);
    }
    if (found.length > 1)
      throw new HubError("usage", `“${wanted}” begins the names of ${found.length} backups. Write more of it.`);
    return await readSnapshot(this.store, this.keys, id);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

/** @throws HubError `not-found` (nothing there), `backup-unusable` (other keys, damaged) */
export async function openRepository(store: BackupStore, options: RepositoryOptions): Promise<Repository> {
  const file = parseKeyFile(await store.get(KEY_FILE), store.where);
  const master = await unwrapKey(file, options.identities, store.where);
  return new Repository(store, repositoryKeys(master), options.clock, file.recipients);
}

/**
 * Opens the repository, makes it where nothing is, and has its key encrypted for exactly these recipients.
 * @param recipients `age1…`
 * @param known file in which the hub remembers its repositories; another one in their place is refused then
 * @throws HubError as `openRepository`, `recognise`; `usage`
 */
export async function ensureRepository(
  store: BackupStore,
  options: RepositoryOptions & { readonly recipients: readonly string[]; readonly known?: string },
): Promise<Repository> {
  const recipients = [...new Set(options.recipients)].sort();
  const made = !(await store.exists(KEY_FILE));
  if (made) await createRepository(store, recipients, options.clock);
  const repository = await openRepository(store, options);
  if (options.known !== undefined) await recognise(options.known, store.where, repository.keys, made);
  if (recipients.length === 0 || recipients.join() === [...repository.recipients].sort().join()) return repository;
  const file = parseKeyFile(await store.get(KEY_FILE), store.where);
  const master = await unwrapKey(file, options.identities, store.where);
  await store.put(KEY_FILE, [await wrapKey(file.id, master, recipients)]);
  return new Repository(store, repository.keys, options.clock, recipients);
}

async function createRepository(store: BackupStore, recipients: readonly string[], clock: Clock): Promise<void> {
  const content = await wrapKey(randomHex(8), randomBytes(32), recipients);
  // Of two that begin at once, one would otherwise write under a key that nobody has.
  const lock = await lockRepository(store, { kind: "alone", doing: "the first backup", clock, wait: CREATE_WAIT_MS });
  try {
    if (await store.exists(KEY_FILE)) return;
    for (const folder of ["packs", "snapshots"]) {
      if ((await store.list(folder)).length === 0) continue;
      throw new HubError(
        "backup-unusable",
        `The backup ${store.where} has no key.json any more, so what is there cannot be read. Bring the file back, or use another folder.`,
      );
    }
    await store.put(KEY_FILE, [content]);
  } finally {
    await lock.close();
  }
}
