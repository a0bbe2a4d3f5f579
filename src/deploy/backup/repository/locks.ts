/**
 * Who works on a repository. Backups and readers share it, pruning has it alone. A lock is a file `locks/NAME`, written anew every
 * minute; one that was not for 15 minutes, or whose process is known to be gone, is stale. Times are compared by the clock of where
 * the files lie, so hosts need not agree.
 */
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";
import { type Clock, type Closable, HubError, isoTime, randomHex, systemCode } from "../../../kernel/index.ts";
import type { BackupStore, StoredFile } from "../store/port.ts";

const REFRESH_MS = 60_000;
const STALE_MS = 15 * 60_000;
/** Between two looks at a repository that somebody else has. */
const LOOK_MS = 2_000;

const lockSchema = z.object({
  kind: z.enum(["shared", "alone"]),
  doing: z.string(),
  host: z.string(),
  /** Boot and process namespace: only there does the pid mean anything. */
  place: z.string(),
  pid: z.number(),
  since: z.string(),
});
type LockContent = z.infer<typeof lockSchema>;

export interface RepositoryLock extends Closable {
  /** @throws HubError `conflict` when the lock was lost: this host slept too long, and somebody took it for dead */
  confirm(): Promise<void>;
}

export interface LockOptions {
  readonly kind: "shared" | "alone";
  /** For others: “a backup”. */
  readonly doing: string;
  readonly clock: Clock;
  /** Milliseconds to wait for others; none when absent. */
  readonly wait?: number;
  /** Told once when it has to wait. */
  readonly onWait?: (who: string) => void;
}

/** @throws HubError `conflict` naming who works on it */
export async function lockRepository(store: BackupStore, options: LockOptions): Promise<RepositoryLock> {
  const { clock, kind } = options;
  const until = clock.now() + (options.wait ?? 0);
  const name = `locks/${randomHex(8)}.json`;
  const content: LockContent = {
    ...{ kind, doing: options.doing, host: hostname(), place: await placeOf(), pid: process.pid },
    since: isoTime(clock.now()),
  };
  const write = () => store.put(name, [Buffer.from(JSON.stringify(content))]);
  let told = false;
  for (;;) {
    // Written before looking: of two that come at once, at least one sees the other.
    await write();
    const other = await conflicting(store, name, content);
    if (other === undefined) break;
    await store.remove(name);
    const who = `${other.doing} on ${other.host} since ${other.since}`;
    if (clock.now() >= until) {
      throw new HubError(
        "conflict",
        `The backup ${store.where} is in use: ${who}. Wait until it is over; if that program died, its lock ends by itself after 15 minutes.`,
      );
    }
    if (!told) options.onWait?.(who);
    told = true;
    await clock.sleep(LOOK_MS);
  }
  let writing: Promise<void> = Promise.resolve();
  // A refresh that fails once does no harm; one that never works again is noticed by `confirm`.
  const timer = setInterval(() => {
    writing = store
      .exists(name)
      .then((there) => (there ? write() : undefined))
      .catch(() => undefined);
  }, REFRESH_MS);
  timer.unref();
  return {
    async confirm() {
      if (await store.exists(name)) return;
      throw new HubError(
        "conflict",
        `The lock of the backup ${store.where} was taken away, because this host did not answer for a while. Nothing was finished; begin again.`,
      );
    },
    async close() {
      clearInterval(timer);
      await writing;
      await store.remove(name);
    },
  };
}

async function conflicting(store: BackupStore, own: string, mine: LockContent): Promise<LockContent | undefined> {
  const files = await store.list("locks");
  const now = files.find((file) => `locks/${file.name}` === own)?.modified;
  for (const file of files) {
    if (`locks/${file.name}` === own) continue;
    const lock = await readLock(store, file);
    if (lock === undefined || (lock.kind === "shared" && mine.kind === "shared")) continue;
    if (!isStale(lock, file, now, mine)) return lock;
    await store.remove(`locks/${file.name}`);
  }
  return undefined;
}

async function readLock(store: BackupStore, file: StoredFile): Promise<LockContent | undefined> {
  try {
    return lockSchema.parse(JSON.parse((await store.get(`locks/${file.name}`)).toString("utf8")));
  } catch (error) {
    // Given back since it was listed.
    if (error instanceof HubError && error.code === "not-found") return undefined;
    throw error;
  }
}

function isStale(lock: LockContent, file: StoredFile, now: number | undefined, mine: LockContent): boolean {
  if (now !== undefined && now - file.modified > STALE_MS) return true;
  return lock.place === mine.place && !lives(lock.pid);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

async function placeOf(): Promise<string> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return boot === "" || namespace === "" ? randomHex(8) : `${boot.trim()} ${namespace}`;
}
