/**
 * A docker-archive (as `docker save` and `podman load` know it) of layers that are tars of files. Everything about it
 * follows from the content: the same layers give the same bytes.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { sha256 } from "../../kernel/index.ts";
import type { Entry } from "./entries.ts";

export interface ArchiveContent {
  readonly reference: string;
  /** As images say it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** From the lowest on; entries in their order. */
  readonly layers: readonly { readonly name: string; readonly entries: readonly Entry[] }[];
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Larger files are streamed. */
const SMALL = 1024 * 1024;
const BLOCK = 512;
const EPOCH = new Date(0);
/** Node's binary is nine tenths of it: better compression costs seconds and saves little. */
const GZIP_LEVEL = 1;

/**
 * Writes the archive, compressed with gzip (Podman reads that since 4.4), and ends `to`. The layers are read twice, first for their digests: that is faster than a copy on disk.
 */
export async function writeArchive(content: ArchiveContent, to: Writable): Promise<void> {
  const layers = [];
  for (const layer of content.layers) layers.push({ ...layer, ...(await measured(layer.entries)) });
  const config = JSON.stringify({
    architecture: content.architecture,
    os: "linux",
    created: EPOCH.toISOString(),
    config: {
      Entrypoint: content.entrypoint,
      Env: Object.entries(content.environment).map(([name, value]) => `${name}=${value}`),
      Labels: content.labels,
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    history: layers.map(({ name }) => ({ created: EPOCH.toISOString(), created_by: name })),
  });
  const configName = `${sha256(config)}.json`;
  const manifest = JSON.stringify([
    { Config: configName, RepoTags: [content.reference], Layers: layers.map(({ digest }) => `${digest}.tar`) },
  ]);
  const archive = pack();
  const sent = pipeline(archive, createGzip({ level: GZIP_LEVEL }), to);
  const filled = (async () => {
    await add(archive, "manifest.json", Buffer.from(manifest));
    await add(archive, configName, Buffer.from(config));
    for (const { entries, digest, size } of layers) {
      const sink = archive.entry({ name: `${digest}.tar`, size, ...OWNER, mode: 0o644 });
      await pipeline(layerTar(entries), sink);
    }
    archive.finalize();
  })();
  // Whichever side fails first ends the other one, and its error is the one to hear.
  filled.catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  sent.catch(() => archive.destroy());
  const [, sending] = await Promise.allSettled([filled, sent]);
  if (sending.status === "rejected") throw sending.reason;
  await filled;
}

const OWNER = { uid: 0, gid: 0, uname: "", gname: "", mtime: EPOCH } as const;

async function measured(entries: readonly Entry[]): Promise<{ readonly digest: string; readonly size: number }> {
  const counter = new Counter();
  await pipeline(layerTar(entries), counter);
  return { digest: counter.digest(), size: counter.size };
}

function layerTar(entries: readonly Entry[]): Pack {
  const tar = pack();
  (async () => {
    for (const entry of entries) await addEntry(tar, entry);
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return tar;
}

async function addEntry(tar: Pack, entry: Entry): Promise<void> {
  if (entry.kind === "folder") {
    tar.entry({ name: entry.path, type: "directory", ...OWNER, mode: entry.mode });
    return;
  }
  const mode = entry.executable ? 0o755 : 0o644;
  if (entry.kind === "content") return await add(tar, entry.path, entry.content, mode);
  if (entry.size <= SMALL) return await add(tar, entry.path, await readFile(entry.source), mode);
  const sink = tar.entry({ name: entry.path, size: entry.size, ...OWNER, mode });
  await pipeline(createReadStream(entry.source, { highWaterMark: BLOCK * 1024 }), sink);
}

/** Waits until the reader took it, so that no more than one file is in memory. */
async function add(tar: Pack, name: string, content: Buffer, mode = 0o644): Promise<void> {
  const sink = tar.entry({ name, size: content.length, ...OWNER, mode });
  await pipeline([content], sink);
}

class Counter extends Writable {
  readonly #hash: Hash = createHash("sha256");
  size = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.size += chunk.length;
    this.#hash.update(chunk);
    done();
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}
