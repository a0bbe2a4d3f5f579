/** Files of the lab that every home gets (`server.skeleton`): put there at a start, once for each change of them. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type Pack, pack } from "tar-stream";
import type { HomeSpec } from "../drivers/index.ts";
import { HubError, messageOf } from "../kernel/index.ts";
import { getFact, type ServerRow, setFact } from "../store/index.ts";
import type { Room } from "./room.ts";

/** A skeleton is for settings and a few notes: a start waits for it. Data belongs into a mount. */
const MOST_ENTRIES = 2000;
const MOST_BYTES = 64 * 1024 * 1024;

interface Entry {
  /** Below the skeleton. */
  readonly name: string;
  readonly kind: "folder" | "file" | "link";
  readonly mode: number;
  readonly size: number;
  readonly modified: Date;
  /** Of a link. */
  readonly target: string;
}

/**
 * Puts what is missing into the home. Nothing of this keeps a server from starting.
 * @param folder absolute path on the host
 * @param say called before it is done
 * @returns what the timeline should know, when it could not be done
 */
export async function putSkeleton(
  room: Pick<Room, "driver" | "journal" | "hostRoot" | "log">,
  row: ServerRow,
  folder: string,
  spec: HomeSpec,
  options: { readonly say: () => Promise<void>; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { db } = room.journal;
  const fact = `skeleton-of:${row.userId}`;
  const here = join(room.hostRoot ?? "", folder);
  try {
    const entries = await entriesBelow(here);
    const state = `${digestOf(entries)} ${spec.home.source}`;
    if ((await getFact(db, fact)) === state) return undefined;
    await options.say();
    await room.driver.fillHome(spec, tarOf(here, entries), options);
    await setFact(db, fact, state);
    return undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    room.log.warn({ err: error, user: row.user, folder }, "the skeleton could not be put into a home");
    const why = error instanceof HubError ? error.message : messageOf(error);
    return `Going on without the files of ${folder}: ${why}`;
  }
}

/** Folders come before what is in them. Sockets and devices are left out. */
async function entriesBelow(root: string): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  let bytes = 0;
  const walk = async (below: string): Promise<void> => {
    for (const child of (await readdir(join(root, below))).sort()) {
      const name = below === "" ? child : `${below}/${child}`;
      const facts = await lstat(join(root, name));
      const kind = facts.isDirectory()
        ? "folder"
        : facts.isFile()
          ? "file"
          : facts.isSymbolicLink()
            ? "link"
            : undefined;
      if (kind === undefined) continue;
      bytes += kind === "file" ? facts.size : 0;
      const target = kind === "link" ? await readlink(join(root, name)) : "";
      // Whoever gets it must be able to change it and to remove it; rights of other numbers (setuid) are not passed on.
      const mode = (facts.mode & 0o777) | (kind === "folder" ? 0o700 : 0o600);
      found.push({ name, kind, mode, size: kind === "file" ? facts.size : 0, modified: facts.mtime, target });
      if (found.length > MOST_ENTRIES || bytes > MOST_BYTES)
        throw new Error(
          `it has more than ${MOST_ENTRIES} files or ${MOST_BYTES / 1024 ** 2} MiB; large things belong into a mount`,
        );
      if (kind === "folder") await walk(name);
    }
  };
  await walk("");
  return found;
}

function digestOf(entries: readonly Entry[]): string {
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 32);
}

async function* tarOf(root: string, entries: readonly Entry[]): AsyncGenerator<Buffer> {
  const tar = pack();
  void (async () => {
    for (const entry of entries) await add(tar, root, entry);
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  for await (const bytes of tar) yield bytes as Buffer;
}

async function add(tar: Pack, root: string, { name, kind, mode, modified, target }: Entry): Promise<void> {
  const common = { name, mode, mtime: modified, uid: 0, gid: 0 };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const done = (error?: Error | null): void => (error ? reject(error) : resolve());
  if (kind === "folder") tar.entry({ ...common, type: "directory" }, done);
  else if (kind === "link") tar.entry({ ...common, type: "symlink", linkname: target }, done);
  else tar.entry({ ...common, type: "file" }, await contentOf(join(root, name)), done);
  await promise;
}

/** What became a link since it was looked at is not followed: this process sees more of the host than people do. */
async function contentOf(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}
