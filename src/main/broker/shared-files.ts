/**
 * What the hub sees of the host's /etc: copies, in a folder that it may only read. A mounted file would stay the old one when the
 * host replaces it, and the whole folder holds more than the hub needs.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BrokerLog } from "../../broker/index.ts";
import { type Closable, messageOf, systemCode } from "../../kernel/index.ts";

/** Files that every account of the host may read, below its root; of folders all that is in them. */
const SHARED = ["etc/passwd", "etc/group", "etc/os-release", "etc/apt/sources.list"];
const SHARED_FOLDERS = ["etc/apt/sources.list.d", "etc/apt/trusted.gpg.d", "usr/share/keyrings"];
const EVERY_MS = 3_000;
const MOST_BYTES = 1024 * 1024;
const READABLE_BY_ALL = 0o004;

export interface SharedFilesOptions {
  /** Where the host's file system is. */
  readonly hostRoot: string;
  /** Absolute; made when missing. */
  readonly to: string;
  readonly log: BrokerLog;
}

/** Copies now, and whenever a file of the host becomes another, until closed. */
export async function shareFiles(options: SharedFilesOptions): Promise<Closable> {
  const seen = new Map<string, string>();
  await copyChanged(options, seen);
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= copyChanged(options, seen).finally(() => {
      running = undefined;
    });
  }, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

async function copyChanged({ hostRoot, to, log }: SharedFilesOptions, seen: Map<string, string>): Promise<void> {
  try {
    const paths = new Set(SHARED);
    for (const folder of SHARED_FOLDERS) {
      const names = await readdir(join(hostRoot, folder)).catch(() => []);
      for (const name of names) paths.add(`${folder}/${name}`);
    }
    for (const path of new Set([...paths, ...seen.keys()]))
      await copyOne(join(hostRoot, path), join(to, path), path, seen);
  } catch (error) {
    log.error({ reason: messageOf(error) }, "files of the host could not be shown to the hub");
  }
}

async function copyOne(from: string, to: string, path: string, seen: Map<string, string>): Promise<void> {
  const found = await stat(from).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  });
  const fit = found?.isFile() === true && (found.mode & READABLE_BY_ALL) !== 0 && found.size <= MOST_BYTES;
  if (found === undefined || !fit) {
    if (seen.delete(path)) await rm(to, { force: true });
    return;
  }
  const stamp = `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
  if (seen.get(path) === stamp) return;
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await writeFile(`${to}.new`, await readFile(from), { mode: 0o644 });
  await rename(`${to}.new`, to);
  seen.set(path, stamp);
}
