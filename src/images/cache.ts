/** Finished root file systems on disk: `notebook-SUITE-DIGEST.tar` with a checksum file beside it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, chown, copyFile, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { systemCode } from "../kernel/index.ts";

const SHARED = "/var/cache/hublet";

export interface CacheFolders {
  /** Where a finished build is kept. */
  readonly write: string;
  /** Folders that are looked at as well. */
  readonly read: readonly string[];
}

/** Root keeps builds in `/var/cache/hublet`, where every account finds them; an account of its own below `XDG_CACHE_HOME`. */
export function defaultCacheFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CacheFolders {
  if (process.getuid?.() === 0) return { write: SHARED, read: [] };
  const xdg = environment.XDG_CACHE_HOME;
  const own = xdg?.startsWith("/") === true ? xdg : join(environment.HOME ?? homedir(), ".cache");
  return { write: join(own, "hublet"), read: [SHARED] };
}

/** File name of a build: the same recipe from another suite is another file. */
export function cacheName(suite: string, digest: string): string {
  return `notebook-${suite}-${digest.slice(0, 12)}.tar`;
}

/**
 * The path of a cached build that can be trusted: owned by root, by us or by `builder`, writable by nobody else, and
 * equal to its checksum. Anything else counts as absent.
 */
export async function findCached(
  folders: CacheFolders,
  name: string,
  signal: AbortSignal,
  builder?: number,
): Promise<string | undefined> {
  const owners = [0, process.getuid?.() ?? 0, ...(builder === undefined ? [] : [builder])];
  for (const folder of [folders.write, ...folders.read]) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || !facts.isFile() || !owners.includes(facts.uid) || (facts.mode & 0o022) !== 0) continue;
    const expected = (await readFile(`${path}.sha256`, "utf8").catch(() => "")).split(" ")[0];
    try {
      if (expected === (await checksum(path, signal))) return path;
    } catch (error) {
      signal.throwIfAborted();
      if (!["ENOENT", "EACCES"].includes(systemCode(error) ?? "")) throw error;
    }
  }
  return undefined;
}

/** Moves a finished tar into the cache in one step, its checksum first: a reader sees a whole entry or none. */
export async function store(tar: string, folder: string, name: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, name);
  const sum = `${path}.sha256`;
  await writeFile(`${sum}.new`, `${await checksum(tar, signal)}  ${name}\n`, { mode: 0o644 });
  if (process.getuid?.() === 0) await chown(tar, 0, 0);
  await chmod(tar, 0o644);
  await rename(`${sum}.new`, sum);
  await moveFile(tar, path);
  return path;
}

async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
    await copyFile(from, `${to}.new`);
    await rename(`${to}.new`, to);
  }
}

async function checksum(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return hash.digest("hex");
}
