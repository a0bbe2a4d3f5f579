/** Where a build works: a folder that the account's sub-ids can reach, with enough room, and nothing left of earlier builds. */
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HubError } from "../kernel/index.ts";
import { type BuildAccount, helper } from "./build-process.ts";

/** Most that a build and its import ever held at once when measured was 2.2 GB; some more for newer packages. */
const NEEDED_BYTES = 3_000_000_000;
const PREFIX = "work-";

export interface BuildPlace {
  /** Folder of this build, owned by the account. */
  readonly folder: string;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

/**
 * Makes the folder of a build and deletes what killed builds left. The caller holds the build lock.
 * @throws HubError `disk-full` when there is not enough room
 */
export async function preparePlace(cacheFolder: string, account: BuildAccount | undefined): Promise<BuildPlace> {
  const parent = await reachableParent(cacheFolder, account);
  await checkRoom(parent);
  for (const name of await readdir(parent)) {
    if (name.startsWith(PREFIX)) await removeTree(join(parent, name), account);
  }
  const folder = await mkdtemp(join(parent, PREFIX));
  await chmod(folder, 0o755);
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return { folder, remove: () => removeTree(folder, account) };
}

/** Sub-ids are strangers to a private home: when the cache is in one, the work is done below `/var/tmp`. */
async function reachableParent(cacheFolder: string, account: BuildAccount | undefined): Promise<string> {
  if (await openToOthers(cacheFolder)) return cacheFolder;
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const parent = `/var/tmp/hublet-images-${owner}`;
  await mkdir(parent, { mode: 0o755 }).catch(() => undefined);
  const facts = await lstat(parent);
  if (!facts.isDirectory() || ![0, owner, process.getuid?.() ?? 0].includes(facts.uid)) {
    throw new HubError(
      "image-build-failed",
      `The notebook image could not be built: ${parent} belongs to another account. Delete it, then start again.`,
    );
  }
  return parent;
}

async function openToOthers(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function checkRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  throw new HubError(
    "disk-full",
    `Building the notebook image needs ${gigabytes(NEEDED_BYTES)} GB in ${folder}, and ${gigabytes(free)} GB are free. Free some space, then start again.`,
    { facts: { neededBytes: NEEDED_BYTES, freeBytes: free } },
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** Files of a half-made root belong to sub-ids: what we may not delete ourselves, a process with those ids deletes. */
async function removeTree(folder: string, account: BuildAccount | undefined): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
    const names = await readdir(folder);
    await helper(["rm", "-rf", "--", ...names], { account, cwd: folder, environment });
    await rm(folder, { recursive: true, force: true });
  }
}
