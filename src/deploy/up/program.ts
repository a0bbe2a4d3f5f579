import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HubError, randomHex, sha256, systemCode } from "../../kernel/index.ts";
import { productionPackages } from "../lockfile.ts";
import type { Account } from "./account.ts";
import { runAs } from "./as-account.ts";

/** The program in a place where the account can read it. */
export interface Program {
  /** Folder with `package.json`, `src/`, `node_modules/`. */
  readonly root: string;
  /** The Node.js binary to run it with. */
  readonly node: string;
  /** Whether `root` is a copy. */
  readonly copied: boolean;
  /** Milliseconds that finding or copying took. */
  readonly took: number;
}

export interface ProgramOptions {
  readonly account: Account;
  /** Where this program lies now. */
  readonly root: string;
  /** Where copies go, one folder each; `/usr/local/lib/ACCOUNT` when absent. Root's alone to write. */
  readonly store?: string;
  /** The Node.js binary in use; this process's when absent. */
  readonly node?: string;
}

/** What a copy holds besides the packages. Missing ones are left out. */
const PARTS = [
  "package.json",
  "package-lock.json",
  "hublet",
  "hublet.schema.json",
  "src",
  "web/dist",
  "images",
] as const;

/**
 * The program itself where the account can read all of it, else a copy of the version at hand.
 *
 * The copy belongs to root and lies outside the account's home: whoever takes over the hub through the network cannot
 * change the program, and cannot lead root's writes astray with a symbolic link.
 * @throws HubError `state-unusable` when the copy fails, `command-failed` when no Node.js can be run by the account
 */
export async function programFor(options: ProgramOptions): Promise<Program> {
  const began = performance.now();
  const { account, root } = options;
  const node = options.node ?? process.execPath;
  const took = () => Math.round(performance.now() - began);
  const nodeReadable = (await runAs(account, ["test", "-x", node])).code === 0;
  if (nodeReadable && (await canReadProgram(account, root))) return { root, node, copied: false, took: took() };
  const store = options.store ?? `/usr/local/lib/${account.name}`;
  const copy = await ensureCopy(root, store);
  const pinned = join(copy, "node_modules", `node-linux-${process.arch}`, "bin/node");
  const chosen = nodeReadable ? node : pinned;
  if ((await runAs(account, ["test", "-x", chosen])).code !== 0) {
    throw new HubError(
      "command-failed",
      `The account “${account.name}” can run no Node.js: ${node} is closed to it and this program carries none for ${process.arch}. Install Node.js 24 for everybody on this host.`,
    );
  }
  return { root: copy, node: chosen, copied: true, took: took() };
}

/** Asks the kernel, by a process of the account, about every file of ours and the top of every package. */
async function canReadProgram(account: Account, root: string): Promise<boolean> {
  const parts = ["src", "package.json", "node_modules"].map((part) => join(root, part));
  const dist = join(root, "web/dist");
  if ((await stat(dist).catch(() => undefined)) !== undefined) parts.push(dist);
  const closed = ["(", "!", "-readable", "-o", "-type", "d", "!", "-executable", ")", "-print", "-quit"];
  const [own, packages] = await Promise.all([
    runAs(account, ["find", ...parts.filter((part) => !part.endsWith("node_modules")), ...closed]),
    runAs(account, ["find", join(root, "node_modules"), "-maxdepth", "2", ...closed]),
  ]);
  return [own, packages].every((result) => result.code === 0 && result.stdout === "");
}

async function ensureCopy(root: string, store: string): Promise<string> {
  const entries = await listFiles(root);
  const target = join(
    store,
    digestOf(entries, await readFile(join(root, "package-lock.json"), "utf8").catch(() => "")),
  );
  await mkdir(store, { recursive: true, mode: 0o755 });
  await refuseForeignStore(store);
  if ((await lstat(target).catch(() => undefined))?.isDirectory() !== true) {
    const temporary = join(store, `.new-${randomHex(6)}`);
    try {
      await copyEntries(root, temporary, entries);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another start made the same copy meanwhile.
      if (systemCode(error) !== "ENOTEMPTY" && systemCode(error) !== "EEXIST") {
        const why = error instanceof Error ? error.message : String(error);
        throw new HubError(
          "state-unusable",
          `The program could not be copied to ${store}: ${why}. Make room or permit writing there.`,
          { cause: error },
        );
      }
    }
  }
  // The time of last use, by which old copies are told from new ones.
  await utimes(target, new Date(), new Date());
  await removeOld(store, basename(target));
  return target;
}

interface FileEntry {
  /** Relative to the program's root. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly executable: boolean;
}

async function listFiles(root: string): Promise<readonly FileEntry[]> {
  const found: FileEntry[] = [];
  const lock = await readFile(join(root, "package-lock.json"), "utf8");
  for (const part of PARTS) await walk(part, () => true);
  for (const folder of productionPackages(lock)) {
    // A package's own node_modules has entries of its own in the lock file; of Node.js only the binary is needed.
    const keep = /(^|\/)node-linux-[^/]+$/.test(folder)
      ? (path: string) => !/\/(include|share)$/.test(path)
      : (path: string) => basename(path) !== "node_modules";
    await walk(folder, keep);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));

  async function walk(path: string, keep: (path: string) => boolean): Promise<void> {
    const info = await lstat(join(root, path)).catch(() => undefined);
    if (info?.isFile() === true) {
      found.push({ path, size: info.size, mtimeMs: info.mtimeMs, executable: (info.mode & 0o111) !== 0 });
    } else if (info?.isDirectory() === true) {
      for (const name of await readdir(join(root, path))) {
        const child = `${path}/${name}`;
        if (keep(child)) await walk(child, keep);
      }
    }
  }
}

/**
 * Names a version by path, size and time of each file and by the lock file. Reading 250 MB to hash it would cost a second
 * at every start, and what an editor, git or npm writes gets a new time; a wrong hit needs a file changed in place with
 * its old time and size put back.
 */
function digestOf(entries: readonly FileEntry[], lock: string): string {
  const hash = createHash("sha256").update(sha256(lock));
  for (const entry of entries) hash.update(`\n${entry.path}\0${entry.size}\0${entry.mtimeMs}\0${entry.executable}`);
  return hash.digest("hex").slice(0, 16);
}

async function copyEntries(root: string, target: string, entries: readonly FileEntry[]): Promise<void> {
  const made = new Set<string>();
  for (const entry of entries) {
    const destination = join(target, entry.path);
    const folder = dirname(destination);
    if (!made.has(folder)) {
      await mkdir(folder, { recursive: true });
      made.add(folder);
    }
    await copyFile(join(root, entry.path), destination, constants.COPYFILE_FICLONE);
    await chmod(destination, entry.executable ? 0o755 : 0o644);
  }
  // The umask of whoever started us may be strict; the account must be able to walk in.
  for (const folder of made) {
    for (let part = folder; part.startsWith(target); part = dirname(part)) await chmod(part, 0o755);
  }
}

async function refuseForeignStore(store: string): Promise<void> {
  const info = await lstat(store);
  if (!info.isDirectory() || info.uid !== process.geteuid?.() || (info.mode & 0o022) !== 0) {
    throw new HubError(
      "state-unusable",
      `The folder ${store} for copies of the program must be a folder of yours that nobody else can write. Remove it and start again.`,
    );
  }
  await chmod(store, 0o755);
}

/** Keeps this copy, the newest other one (to go back to), and those that a process still runs from. */
async function removeOld(store: string, current: string): Promise<void> {
  const others: { readonly path: string; readonly mtimeMs: number }[] = [];
  for (const name of await readdir(store)) {
    const path = join(store, name);
    const abandoned = /^\.new-[0-9a-f]{12}$/.test(name);
    if (name === current || !(abandoned || /^[0-9a-f]{16}$/.test(name))) continue;
    const { mtimeMs } = await lstat(path);
    if (abandoned && Date.now() - mtimeMs < 3_600_000) continue;
    others.push({ path, mtimeMs: abandoned ? 0 : mtimeMs });
  }
  others.sort((a, b) => b.mtimeMs - a.mtimeMs);
  const old = others.slice(1);
  if (old.length === 0) return;
  const inUse = await placesInUse();
  for (const { path } of old) {
    if (!inUse.some((place) => place.startsWith(`${path}/`) || place.includes(`${path}/`)))
      await rm(path, { recursive: true, force: true });
  }
}

/** Where processes run from: working folders, binaries and command lines. */
async function placesInUse(): Promise<readonly string[]> {
  const places: string[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    for (const link of ["cwd", "exe"]) places.push(`${await readlink(`/proc/${entry}/${link}`).catch(() => "")}/`);
    places.push(await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => ""));
  }
  return places;
}
