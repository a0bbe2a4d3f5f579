/** Which chunk lies where: in memory, and as files `index/NAME` (NAME: SHA-256), each with some packs; all of them together count. */
import { createHash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { HubError } from "../../../kernel/index.ts";
import type { BackupStore } from "../store/port.ts";
import type { RepositoryKeys } from "./keys.ts";
import type { Pack } from "./pack.ts";

const fileSchema = z.object({
  packs: z.array(
    z.object({
      name: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: z.number(),
      chunks: z.array(z.tuple([z.string(), z.number(), z.number(), z.number()])),
    }),
  ),
});

export interface ChunkPlace {
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  readonly plain: number;
}

export class PackIndex {
  readonly #chunks = new Map<string, ChunkPlace>();
  readonly #packs = new Map<string, Pack>();

  get packs(): ReadonlyMap<string, Pack> {
    return this.#packs;
  }

  has(id: string): boolean {
    return this.#chunks.has(id);
  }

  get(id: string): ChunkPlace | undefined {
    return this.#chunks.get(id);
  }

  add(pack: Pack): void {
    this.#packs.set(pack.name, pack);
    for (const { id, offset, length, plain } of pack.chunks)
      this.#chunks.set(id, { pack: pack.name, offset, length, plain });
  }
}

/** Writes an index file. @returns its name */
export async function writeIndex(store: BackupStore, keys: RepositoryKeys, packs: readonly Pack[]): Promise<string> {
  const file: z.infer<typeof fileSchema> = {
    packs: packs.map(({ name, bytes, chunks }) => ({
      ...{ name, bytes },
      chunks: chunks.map(({ id, offset, length, plain }) => [id, offset, length, plain]),
    })),
  };
  const content = keys.seal("index", zstdCompressSync(Buffer.from(JSON.stringify(file))));
  const name = createHash("sha256").update(content).digest("hex");
  await store.put(`index/${name}`, [content]);
  return name;
}

/** @throws HubError `backup-unusable` naming the file */
export async function readIndexFile(store: BackupStore, keys: RepositoryKeys, name: string): Promise<readonly Pack[]> {
  const plain = keys.open("index", await store.get(`index/${name}`));
  if (plain === undefined) {
    throw new HubError(
      "backup-unusable",
      `The file index/${name} of the backup ${store.where} is damaged. “hublet backup check --rebuild” makes it anew from the packs.`,
    );
  }
  const { packs } = fileSchema.parse(JSON.parse(zstdDecompressSync(plain).toString("utf8")));
  return packs.map((pack) => ({
    ...pack,
    chunks: pack.chunks.map(([id, offset, length, size]) => ({ id, offset, length, plain: size })),
  }));
}

/**
 * All index files as one. Packs that are not there, or have another size, are left out: the next backup then writes what they held
 * again.
 * @throws HubError `backup-unusable`
 */
export async function loadIndex(store: BackupStore, keys: RepositoryKeys): Promise<PackIndex> {
  const index = new PackIndex();
  const there = new Map((await store.list("packs")).map(({ name, bytes }) => [name, bytes]));
  for (const { name } of await store.list("index"))
    for (const pack of await readIndexFile(store, keys, name))
      if (there.get(`${pack.name}.pack`) === pack.bytes) index.add(pack);
  return index;
}
