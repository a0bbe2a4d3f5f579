/** A folder as the tar that an image is built from: without what `.containerignore` names, and nothing from outside of it. */
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { type Pack, pack } from "tar-stream";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import { type Ignored, readIgnored } from "./ignored.ts";

const IGNORE_FILES = [".containerignore", ".dockerignore"];

/**
 * @param folder absolute
 * @param always paths that go along whatever is ignored: the Containerfile
 * @throws HubError `usage` when it is no folder; (the stream) when something in it cannot be read
 */
export async function tarOfFolder(folder: string, always: readonly string[]): Promise<Readable> {
  const facts = await lstat(folder).catch(() => undefined);
  if (facts?.isDirectory() !== true)
    throw new HubError("usage", `${folder} is no folder. Name the folder with the Containerfile.`);
  const ignored = readIgnored(await ignoreText(folder));
  const tar = pack();
  void (async () => {
    await addBelow(tar, folder, "", { ignored, always: new Set(always.map((path) => normalize(path))) });
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}

async function ignoreText(folder: string): Promise<string> {
  for (const name of IGNORE_FILES) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return "";
}

interface Rules {
  readonly ignored: Ignored;
  readonly always: ReadonlySet<string>;
}

async function addBelow(tar: Pack, root: string, below: string, rules: Rules): Promise<void> {
  for (const name of (await readdir(join(root, below)).catch(unreadable(below))).sort()) {
    const path = below === "" ? name : `${below}/${name}`;
    const facts = await lstat(join(root, path)).catch(unreadable(path));
    const left = !rules.always.has(path) && rules.ignored.matches(path);
    if (facts.isDirectory()) {
      // What is ignored may hold what is not: only then it is looked into.
      if (left && !rules.ignored.hasExceptions && ![...rules.always].some((kept) => kept.startsWith(`${path}/`)))
        continue;
      if (!left) await add(tar, { name: path, facts, type: "directory" });
      await addBelow(tar, root, path, rules);
    } else if (!left && facts.isSymbolicLink()) {
      await add(tar, { name: path, facts, type: "symlink", linkname: await insideLink(root, path) });
    } else if (!left && facts.isFile()) {
      await add(tar, { name: path, facts, type: "file" }, join(root, path));
    }
  }
}

/** A builder would take what such a link means from the hub's host. @throws HubError `usage` */
async function insideLink(root: string, path: string): Promise<string> {
  const target = await readlink(join(root, path));
  const reached = normalize(join(dirname(path), target));
  if (!isAbsolute(target) && reached !== ".." && !reached.startsWith("../")) return target;
  throw new HubError(
    "usage",
    `${path} is a link to ${target}, outside of the folder. Put the file there itself, or name the link in .containerignore.`,
  );
}

interface Entry {
  readonly name: string;
  readonly facts: Stats;
  readonly type: "file" | "directory" | "symlink";
  readonly linkname?: string;
}

/** Owners stay behind: who builds is root in the build, and layers of two people must be equal. */
async function add(tar: Pack, { name, facts, type, linkname }: Entry, file?: string): Promise<void> {
  const header = { name, type, mode: facts.mode & 0o777, mtime: facts.mtime, uid: 0, gid: 0 };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const done = (error?: Error | null): void => (error ? reject(error) : resolve());
  if (file === undefined || facts.size === 0) {
    tar.entry({ ...header, ...(linkname === undefined ? {} : { linkname }), size: 0 }, done).end(undefined);
    return promise;
  }
  const sink = tar.entry({ ...header, size: facts.size }, done);
  // A file that grows meanwhile is cut where it was.
  for await (const bytes of createReadStream(file, { end: facts.size - 1 }))
    if (!sink.write(bytes as Buffer)) await new Promise<void>((go) => sink.once("drain", () => go()));
  sink.end(undefined);
  return promise;
}

function unreadable(path: string): (error: unknown) => never {
  return (error) => {
    const why = systemCode(error) === "EACCES" ? "it may not be read" : messageOf(error);
    throw new HubError("usage", `${path} cannot go along: ${why}. Name it in .containerignore, or change its rights.`);
  };
}
