/** Writes chunks that are not there yet into packs, and notes the packs in the index. */
import type { BackupStore } from "../store/port.ts";
import type { RepositoryKeys } from "./keys.ts";
import { PACK_BYTES, type Pack, PackBuilder, packPath, sealChunk } from "./pack.ts";
import { type PackIndex, writeIndex } from "./pack-index.ts";

/** Chunks that are compressed at once: memory is bounded by this, and by two packs. */
const AT_ONCE = 4;
/** So many packs a killed backup may have written in vain. */
const PACKS_BEFORE_INDEX = 8;

export interface WriteTally {
  /** Bytes that were read. */
  read: number;
  /** Plain bytes of chunks that were new. */
  fresh: number;
  /** Bytes that were written to the store. */
  written: number;
}

export class ChunkWriter {
  readonly #store: BackupStore;
  readonly #keys: RepositoryKeys;
  readonly #index: PackIndex;
  /** Chunks on their way into a pack. */
  readonly #pending = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #builder = new PackBuilder();
  #upload: Promise<void> = Promise.resolve();
  #unindexed: Pack[] = [];
  #failure: { readonly error: unknown } | undefined;
  readonly tally: WriteTally = { read: 0, fresh: 0, written: 0 };

  constructor(store: BackupStore, keys: RepositoryKeys, index: PackIndex) {
    this.#store = store;
    this.#keys = keys;
    this.#index = index;
  }

  /** @returns the id of the chunk, which may not be written yet: `finish` waits for that */
  async add(plain: Buffer): Promise<string> {
    this.#throwFailure();
    const id = this.#keys.chunkId(plain);
    this.tally.read += plain.length;
    if (this.#index.has(id) || this.#pending.has(id)) return id;
    this.#pending.add(id);
    this.tally.fresh += plain.length;
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running);
    const work = sealChunk(this.#keys, id, plain).then(
      (sealed) => this.#place(id, sealed, plain.length),
      (error: unknown) => this.#fail(error),
    );
    this.#running.add(work);
    void work.then(() => this.#running.delete(work));
    return id;
  }

  /** Copies a sealed chunk into a new pack. */
  async copy(id: string, sealed: Buffer, plain: number): Promise<void> {
    this.#throwFailure();
    await this.#place(id, sealed, plain);
  }

  /** Waits until all is written and in the index. */
  async finish(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
    if (this.#builder.bytes > 0) this.#sendPack();
    await this.#upload;
    this.#throwFailure();
    await this.#writeIndex();
  }

  /** Waits for what is on its way, without finishing anything. */
  async abandon(): Promise<void> {
    await Promise.all(this.#running);
    await this.#upload;
  }

  async #place(id: string, sealed: Buffer, plain: number): Promise<void> {
    this.#builder.add(id, sealed, plain);
    if (this.#builder.bytes < PACK_BYTES) return;
    const before = this.#upload;
    this.#sendPack();
    // The pack before must be gone, so that a slow store does not fill the memory.
    await before;
  }

  #sendPack(): void {
    const { pack, content } = this.#builder.finish(this.#keys);
    this.#builder = new PackBuilder();
    const before = this.#upload;
    this.#upload = before
      .then(async () => {
        if (this.#failure !== undefined) return;
        await this.#store.put(packPath(pack.name), content);
        this.tally.written += pack.bytes;
        this.#index.add(pack);
        for (const { id } of pack.chunks) this.#pending.delete(id);
        this.#unindexed.push(pack);
        if (this.#unindexed.length >= PACKS_BEFORE_INDEX) await this.#writeIndex();
      })
      .catch((error: unknown) => this.#fail(error));
  }

  async #writeIndex(): Promise<void> {
    if (this.#unindexed.length === 0) return;
    const packs = this.#unindexed;
    this.#unindexed = [];
    await writeIndex(this.#store, this.#keys, packs);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
