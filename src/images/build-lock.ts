/** One build at a time in one cache folder, across processes; a lock whose owner is gone is taken over. */
import { randomUUID } from "node:crypto";
import { watch } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Closable, systemCode } from "../kernel/index.ts";
import { startTimeOf } from "./process-identity.ts";

export interface LockOwner {
  readonly pid: number;
  /** Tells a reused pid apart. */
  readonly startTime: string;
}

const LOCK_NAME = "build.lock";
const RECHECK_MS = 5000;

/**
 * Takes `build.lock` in `folder`, waiting for a living owner to release it.
 * @param onWait called once with the process that holds it
 */
export async function takeBuildLock(
  folder: string,
  signal: AbortSignal,
  onWait: (owner: LockOwner) => void,
): Promise<Closable> {
  const path = join(folder, LOCK_NAME);
  const content = JSON.stringify({
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? "",
    id: randomUUID(),
  });
  if (await tryCreate(path, content)) return { close: () => release(path, content) };
  let told = false;
  const changes = watchFolder(folder, signal);
  try {
    for (;;) {
      signal.throwIfAborted();
      // Asked for before looking, so that a release in between is not missed.
      const change = changes.next();
      if (await tryCreate(path, content)) return { close: () => release(path, content) };
      const held = await readFile(path, "utf8").catch(() => undefined);
      if (held === undefined) continue;
      const owner = parseOwner(held);
      if (owner === undefined || (await startTimeOf(owner.pid)) !== owner.startTime) {
        await removeStale(path, held);
        continue;
      }
      if (!told) onWait(owner);
      told = true;
      await change;
    }
  } finally {
    changes.close();
  }
}

/** The lock appears whole or not at all: it is written aside and linked into place, which fails when one exists. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, content, { mode: 0o644 });
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Moves a stale lock away; when a new owner took its place in between, that one is put back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function release(path: string, content: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === content) await rm(path, { force: true });
}

function parseOwner(text: string): LockOwner | undefined {
  const match = /^\{"pid":(\d+),"startTime":"(\d+)"/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), startTime: match[2] ?? "" };
}

interface FolderChanges {
  /** Resolves when the lock comes or goes, when aborted, or after a while: an owner may die without a trace. */
  next(): Promise<void>;
  close(): void;
}

function watchFolder(folder: string, signal: AbortSignal): FolderChanges {
  let wake = Promise.withResolvers<void>();
  const notify = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  // Waiters write files of their own beside the lock; only the lock's own coming and going is news.
  const watcher = watch(folder, (_, name) => {
    if (name === LOCK_NAME) notify();
  });
  watcher.on("error", notify);
  signal.addEventListener("abort", notify, { once: true });
  const timer = setInterval(notify, RECHECK_MS);
  return {
    next: () => wake.promise,
    close() {
      clearInterval(timer);
      watcher.close();
      signal.removeEventListener("abort", notify);
    },
  };
}
