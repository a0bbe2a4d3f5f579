/** Removing backups that need not be kept, and what only they used. */
import type { RepositoryLock } from "./locks.ts";
import { openChunk, type Pack, packPath } from "./pack.ts";
import { type PackIndex, writeIndex } from "./pack-index.ts";
import type { Repository } from "./repository.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { chunksOfStream, type StreamRef } from "./streams.ts";
import { ChunkWriter } from "./writer.ts";

export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export interface PruneResult {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
  /** Bytes that are free now. */
  readonly freed: number;
}

/** A pack with more than this part unused is written anew. */
const WASTE = 0.4;
const PACKS_AN_INDEX = 1000;

/**
 * The newest of each of the last so many days, weeks (from Monday) and months that have any, in UTC; and always the newest of all.
 * @param ids oldest first
 */
export function keptSnapshots(ids: readonly string[], keep: Keep): ReadonlySet<string> {
  const newestFirst = [...ids].reverse();
  const kept = new Set(newestFirst.slice(0, 1));
  for (const [count, periodOf] of [
    [keep.daily, (id: string) => id.slice(0, 8)],
    [keep.weekly, weekOf],
    [keep.monthly, (id: string) => id.slice(0, 6)],
  ] as const) {
    const seen = new Set<string>();
    for (const id of newestFirst) {
      const period = periodOf(id);
      if (seen.has(period)) continue;
      if (seen.size >= count) break;
      seen.add(period);
      kept.add(id);
    }
  }
  return kept;
}

function weekOf(id: string): string {
  const day = Date.UTC(Number(id.slice(0, 4)), Number(id.slice(4, 6)) - 1, Number(id.slice(6, 8))) / 86_400_000;
  // The first of January 1970 was a Thursday.
  return String(Math.floor((day + 3) / 7));
}

/**
 * Order: the snapshots go first, then what is still needed is written elsewhere and into a new index, then the old index, then the
 * packs. Killed anywhere, everything that a snapshot names is there.
 * @param lock that has the repository alone
 */
export async function prune(
  repository: Repository,
  lock: RepositoryLock,
  keep: Keep,
  progress: (line: string) => void,
): Promise<PruneResult> {
  const { store, keys } = repository;
  const ids = await repository.snapshotIds();
  const kept = keptSnapshots(ids, keep);
  const removed = ids.filter((id) => !kept.has(id));
  const index = await repository.load();
  const used = new Set<string>();
  for (const id of kept) {
    // A manifest that cannot be read must not cost what it needs: this throws, and nothing is removed.
    for (const part of streamsOf(await readSnapshot(store, keys, id))) await useStream(repository, part.stream, used);
  }
  const oldIndex = await store.list("index");
  await lock.confirm();
  for (const id of removed) await store.remove(`snapshots/${id}`);
  if (removed.length > 0) progress(`${removed.length} backups removed.`);

  const plan = planOf(index, used);
  const writer = new ChunkWriter(store, keys, index);
  if (plan.rewrite.length > 0) progress(`Writing ${plan.rewrite.length} packs anew.`);
  const stay = [...plan.stay];
  for (const pack of plan.rewrite) {
    const needed = pack.chunks.filter(({ id }) => used.has(id) && index.get(id)?.pack === pack.name);
    const whole = await store.get(packPath(pack.name));
    const sealed = needed.map(({ offset, length }) => whole.subarray(offset, offset + length));
    const opened = await Promise.all(needed.map((chunk, n) => openChunk(keys, chunk, sealed[n] ?? whole)));
    // A damaged one stays as it is: under a new name nobody would notice any more.
    if (opened.includes(undefined)) stay.push(pack);
    else for (const [n, chunk] of needed.entries()) await writer.copy(chunk.id, sealed[n] ?? whole, chunk.plain);
  }
  await writer.finish();
  await lock.confirm();

  const written = new Set<string>();
  for (let at = 0; at < stay.length; at += PACKS_AN_INDEX)
    written.add(await writeIndex(store, keys, stay.slice(at, at + PACKS_AN_INDEX)));
  for (const { name } of oldIndex) if (!written.has(name)) await store.remove(`index/${name}`);
  const freed = await removeUnnamed(repository, lock);
  for (const { name } of await store.list("unfinished")) await store.remove(`unfinished/${name}`);
  return { kept: [...kept].sort(), removed, freed };
}

function planOf(index: PackIndex, used: ReadonlySet<string>) {
  const stay: Pack[] = [];
  const rewrite: Pack[] = [];
  for (const pack of index.packs.values()) {
    const needed = pack.chunks.filter(({ id }) => used.has(id) && index.get(id)?.pack === pack.name);
    const bytes = needed.reduce((sum, { length }) => sum + length, 0);
    if (bytes === 0) continue;
    if (bytes < pack.bytes * (1 - WASTE)) rewrite.push(pack);
    else stay.push(pack);
  }
  return { stay, rewrite };
}

/** Packs that no index names: of the plan, and of backups that were killed. */
async function removeUnnamed(repository: Repository, lock: RepositoryLock): Promise<number> {
  const { store } = repository;
  const named = (await repository.load()).packs;
  let freed = 0;
  await lock.confirm();
  for (const { name, bytes } of await store.list("packs")) {
    if (named.has(name.replace(/\.pack$/, ""))) continue;
    await store.remove(`packs/${name}`);
    freed += bytes;
  }
  return freed;
}

export interface NamedStream {
  /** For people: “the home jupyterhub-user-ada”. */
  readonly what: string;
  readonly stream: StreamRef;
}

/** All streams of a snapshot. */
export function streamsOf(snapshot: Snapshot): readonly NamedStream[] {
  const tars = [
    { what: "the configuration", part: snapshot.configuration },
    ...(snapshot.archives === null ? [] : [{ what: "the archives", part: snapshot.archives }]),
    ...snapshot.homes.map((part) => ({ what: `the home ${part.volume}`, part })),
  ];
  return [
    { what: "the database", stream: snapshot.database.dump },
    { what: "the hub's keys", stream: snapshot.keys },
    ...tars.flatMap(({ what, part }) => [
      { what, stream: part.tar },
      { what, stream: part.contents },
    ]),
  ];
}

async function useStream(repository: Repository, stream: StreamRef, used: Set<string>): Promise<void> {
  for (const id of stream.list) used.add(id);
  for await (const { id } of chunksOfStream(repository, stream)) used.add(id);
}
