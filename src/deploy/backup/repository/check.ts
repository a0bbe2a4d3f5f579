/** Whether a repository holds what its snapshots name, and whether that can be read. */
import { createHash } from "node:crypto";
import { HubError, messageOf } from "../../../kernel/index.ts";
import { openChunk, type Pack, packPath, readTable } from "./pack.ts";
import { PackIndex, readIndexFile, writeIndex } from "./pack-index.ts";
import { streamsOf } from "./prune.ts";
import type { Repository } from "./repository.ts";
import { readSnapshot } from "./snapshot.ts";
import { chunksOfStream, type StreamRef } from "./streams.ts";

export interface CheckProblem {
  /** File of the repository. */
  readonly file: string;
  readonly message: string;
  /** What cannot be restored from which backup: “the home x of 20300102-…”. */
  readonly affects: readonly string[];
}

export interface CheckResult {
  readonly snapshots: number;
  readonly packs: number;
  readonly bytes: number;
  /** Packs that no index names: left by a backup that was killed, no problem. */
  readonly unused: number;
  readonly problems: readonly CheckProblem[];
}

export interface CheckOptions {
  /** Read and decrypt every pack, not only look at names and sizes. */
  readonly readData: boolean;
  /** Write index files that are damaged or missing anew, from the packs. */
  readonly rebuild: boolean;
  readonly progress: (line: string) => void;
}

/** Chunks that cannot be read; some may be in another pack, too. */
interface Lost {
  /** Of packs that are not there as they should be: id, and the file to blame. */
  readonly gone: Map<string, string>;
  /** “PACK ID” of damaged ones. */
  readonly damaged: Set<string>;
}

/** Never throws for damage, which it reports. @throws HubError when the place cannot be reached */
export async function check(repository: Repository, options: CheckOptions): Promise<CheckResult> {
  const { store, keys } = repository;
  const problems: CheckProblem[] = [];
  const files = new Map((await store.list("packs")).map(({ name, bytes }) => [name.replace(/\.pack$/, ""), bytes]));
  const index = new PackIndex();
  const lost: Lost = { gone: new Map(), damaged: new Set() };

  for (const { name } of await store.list("index")) {
    try {
      for (const pack of await readIndexFile(store, keys, name)) {
        const bytes = files.get(pack.name);
        if (bytes === pack.bytes) {
          index.add(pack);
          continue;
        }
        const message = bytes === undefined ? "is missing" : `has ${bytes} bytes in place of ${pack.bytes}`;
        problems.push({ file: packPath(pack.name), message, affects: [] });
        for (const { id } of pack.chunks) lost.gone.set(id, packPath(pack.name));
      }
    } catch (error) {
      problems.push({ file: `index/${name}`, message: messageOf(error), affects: [] });
      if (options.rebuild) await store.remove(`index/${name}`);
    }
  }
  if (options.rebuild) await rebuild(repository, index, files, options.progress);
  if (options.readData) {
    let done = 0;
    for (const pack of index.packs.values()) {
      const bad = await readPack(repository, pack);
      if (bad !== undefined) {
        problems.push({ file: packPath(pack.name), message: bad.message, affects: [] });
        for (const { id } of bad.chunks) lost.damaged.add(`${pack.name} ${id}`);
      }
      done += 1;
      options.progress(`${done} of ${index.packs.size} packs read.`);
    }
  }
  const ids = await repository.snapshotIds();
  repository.use(index);
  for (const id of ids) problems.push(...(await checkSnapshot(repository, id, index, lost)));
  const unused = [...files.keys()].filter((name) => !index.packs.has(name)).length;
  const bytes = [...files.values()].reduce((sum, each) => sum + each, 0);
  return { snapshots: ids.length, packs: files.size, bytes, unused, problems: merged(problems) };
}

async function readPack(
  repository: Repository,
  pack: Pack,
): Promise<{ readonly message: string; readonly chunks: Pack["chunks"] } | undefined> {
  const content = await repository.store.get(packPath(pack.name));
  if (createHash("sha256").update(content).digest("hex") === pack.name) return undefined;
  const chunks: Pack["chunks"][number][] = [];
  for (const chunk of pack.chunks) {
    const sealed = content.subarray(chunk.offset, chunk.offset + chunk.length);
    if ((await openChunk(repository.keys, chunk, sealed)) === undefined) chunks.push(chunk);
  }
  const what = chunks.length === 0 ? "its end was changed, but all chunks can be read" : "was changed";
  return {
    message: `${what}: its checksum is wrong (${chunks.length} of ${pack.chunks.length} chunks are lost)`,
    chunks,
  };
}

async function rebuild(
  repository: Repository,
  index: PackIndex,
  files: ReadonlyMap<string, number>,
  progress: (line: string) => void,
): Promise<void> {
  const found: Pack[] = [];
  for (const [name, bytes] of files) {
    if (index.packs.has(name)) continue;
    const chunks = readTable(repository.keys, await repository.store.get(packPath(name)));
    if (chunks !== undefined) found.push({ name, bytes, chunks });
  }
  if (found.length === 0) return;
  await writeIndex(repository.store, repository.keys, found);
  for (const pack of found) index.add(pack);
  progress(`${found.length} packs are in the index again.`);
}

async function checkSnapshot(
  repository: Repository,
  id: string,
  index: PackIndex,
  lost: Lost,
): Promise<readonly CheckProblem[]> {
  const problems: CheckProblem[] = [];
  try {
    const snapshot = await readSnapshot(repository.store, repository.keys, id);
    for (const { what, stream } of streamsOf(snapshot)) {
      const file = await brokenFile(repository, stream, index, lost);
      if (file !== undefined)
        problems.push({ file, message: "lacks what a backup needs", affects: [`${what} of ${id}`] });
    }
  } catch (error) {
    const affects = [`all of ${id}`];
    problems.push({ file: `snapshots/${id}`, message: messageOf(error), affects });
  }
  return problems;
}

/** The file that keeps a stream from being read. */
async function brokenFile(
  repository: Repository,
  stream: StreamRef,
  index: PackIndex,
  lost: Lost,
): Promise<string | undefined> {
  const blameOf = (id: string) => {
    const place = index.get(id);
    if (place === undefined) return lost.gone.get(id) ?? "the index";
    return lost.damaged.has(`${place.pack} ${id}`) ? packPath(place.pack) : undefined;
  };
  for (const id of stream.list) {
    const file = blameOf(id);
    if (file !== undefined) return file;
  }
  try {
    for await (const { id } of chunksOfStream(repository, stream)) {
      const file = blameOf(id);
      if (file !== undefined) return file;
    }
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const pack = error.facts?.pack;
    return typeof pack === "string" ? packPath(pack) : "the index";
  }
  return undefined;
}

/** One for each file: the first message, and all that it affects. */
function merged(problems: readonly CheckProblem[]): readonly CheckProblem[] {
  const byFile = new Map<string, CheckProblem>();
  for (const problem of problems) {
    const before = byFile.get(problem.file);
    const affects = [...new Set([...(before?.affects ?? []), ...problem.affects])];
    byFile.set(problem.file, { ...(before ?? problem), affects });
  }
  return [...byFile.values()];
}
