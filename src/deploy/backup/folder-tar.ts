/** Folders of this host as tars and back, for the small things: configuration and archives. Homes go by tar itself. */
import { createReadStream } from "node:fs";
import { lstat, mkdir, open, readdir, readlink, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Extract, extract, type Header, type Pack, pack } from "tar-stream";
import { HubError, systemCode } from "../../kernel/index.ts";

export interface TarSource {
  /** Absolute path here. */
  readonly path: string;
  /** Name in the tar. */
  readonly name: string;
}

/** All below a folder, in the order of the names. A missing folder gives none. */
export async function sourcesBelow(folder: string, name: string): Promise<readonly TarSource[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  });
  const found: TarSource[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const source = { path: join(folder, entry.name), name: `${name}/${entry.name}` };
    found.push(source);
    if (entry.isDirectory()) found.push(...(await sourcesBelow(source.path, source.name)));
  }
  return found;
}

/** Sockets and devices are left out; what goes meanwhile, too. */
export async function* tarOf(sources: readonly TarSource[]): AsyncGenerator<Buffer> {
  const tar = pack();
  void (async () => {
    for (const source of sources) await add(tar, source);
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  for await (const bytes of tar) yield bytes as Buffer;
}

async function add(tar: Pack, { path, name }: TarSource): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return;
  const header = { name, mode: facts.mode & 0o7777, mtime: facts.mtime, uid: facts.uid, gid: facts.gid };
  if (facts.isDirectory()) await entry(tar, { ...header, type: "directory" });
  else if (facts.isSymbolicLink()) await entry(tar, { ...header, type: "symlink", linkname: await readlink(path) });
  else if (facts.isFile()) await entry(tar, { ...header, type: "file", size: facts.size }, ofSize(path, facts.size));
}

async function entry(
  tar: Pack,
  header: Partial<Header> & Pick<Header, "name">,
  content?: AsyncIterable<Buffer>,
): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
  // Folders and links end by themselves.
  if (content !== undefined) {
    for await (const bytes of content)
      if (!sink.write(bytes)) await new Promise<void>((go) => sink.once("drain", () => go()));
    sink.end(undefined);
  }
  await done;
}

/** Exactly so many bytes: a file that shrinks is filled up with zeros. */
async function* ofSize(path: string, size: number): AsyncGenerator<Buffer> {
  let left = size;
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
  for (; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

type Item = Extract extends AsyncIterable<infer Source> ? Source : never;

export interface UnpackedFile {
  /** As it is called in the tar. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

export interface ExtractOptions {
  /** Where an entry goes: an absolute path, `memory` to be given back, or undefined to be left out. */
  readonly place: (name: string) => string | "memory" | undefined;
}

/**
 * Writes what is in a tar; files and links that exist are refused. Owners are those of the caller.
 * Whoever keeps a backup can make another in its place, since the keys of its readers are public: nothing leads out of the
 * places that were said, and no file gets rights of its own (set-user-id).
 * @returns paths that were written, and what was asked for in memory
 * @throws HubError `conflict`, `backup-unusable`
 */
export async function unpackTar(
  source: AsyncIterable<Buffer>,
  { place }: ExtractOptions,
): Promise<{ readonly written: readonly string[]; readonly files: readonly UnpackedFile[] }> {
  const written: string[] = [];
  const files: UnpackedFile[] = [];
  const links: string[] = [];
  const tar = extract();
  void feed(tar, source).catch((error: unknown) => tar.destroy(error instanceof Error ? error : undefined));
  for await (const item of tar) {
    const { name, type, linkname } = item.header;
    const mode = (item.header.mode ?? 0o600) & 0o777;
    if (name.split("/").includes("..") || name.startsWith("/"))
      throw new HubError("backup-unusable", `The backup has a file called ${name}, which leads elsewhere.`);
    const target = place(name.replace(/\/$/, ""));
    if (target !== undefined && links.some((link) => target.startsWith(`${link}/`)))
      throw new HubError("backup-unusable", `The backup has a file ${name} below a link, which leads elsewhere.`);
    if (target === "memory") {
      if (type === "file") files.push({ name, mode, content: await contentOf(item) });
      else item.resume();
    } else if (target === undefined) item.resume();
    else if (type === "directory") {
      await mkdir(target, { recursive: true, mode });
      item.resume();
    } else {
      await mkdir(dirname(target), { recursive: true, mode: 0o755 });
      await write(item, target, mode, linkname ?? "");
      written.push(target);
      if (type === "symlink") links.push(target);
    }
  }
  return { written, files };
}

async function feed(tar: Extract, source: AsyncIterable<Buffer>): Promise<void> {
  for await (const bytes of source)
    if (!tar.write(bytes)) await new Promise<void>((go) => tar.once("drain", () => go()));
  tar.end(undefined);
}

async function write(item: Item, target: string, mode: number, link: string): Promise<void> {
  try {
    if (item.header.type === "symlink") {
      await symlink(link, target);
      item.resume();
      return;
    }
    const handle = await open(target, "wx", mode);
    try {
      for await (const bytes of item as AsyncIterable<Buffer>) await handle.writeFile(bytes);
      // The mode of `open` is cut by the umask.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    throw new HubError("conflict", `${target} exists. Move it away, or restore into another folder.`, { cause: error });
  }
}

async function contentOf(item: Item): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const bytes of item as AsyncIterable<Buffer>) parts.push(bytes);
  return Buffer.concat(parts);
}
