/** The host's file system as a hub in a container sees it: below a folder, where absolute links lead astray. */
import { lstat, readFile, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";

/** As Linux itself (path_resolution(7)). */
const MOST_LINKS = 40;

/** What the kernel shows in place of numbers that a container does not have, whosever they are. */
export const NOBODY = 65_534;

export interface HostView {
  /** Whose it is, by the host's numbers. Throws as `stat` does when there is nothing, or it may not be seen. */
  stat(path: string): Promise<{ readonly uid: number }>;
  /** Where a path of the host leads; throws as `realpath` does. */
  real(path: string): Promise<string>;
}

/** @param root folder below which the host's file system is mounted; “” when this process sees it itself */
export function hostView(root: string): HostView {
  if (root === "") return { stat, real: realpath };
  const real = (path: string): Promise<string> => resolveBelow(root, path);
  return {
    stat: async (path) => {
      const { uid } = await stat(join(root, await real(path)));
      return { uid: outside(await readFile("/proc/self/uid_map", "utf8"), uid) };
    },
    real,
  };
}

/**
 * What the host calls a number that this process sees: in a container of a rootless engine they are others.
 * @param map text of /proc/PID/uid_map: first number inside, first outside, how many
 */
export function outside(map: string, id: number): number {
  if (id === NOBODY) return id;
  for (const line of map.trim().split("\n")) {
    const [first = Number.NaN, there = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (id >= first && id < first + count) return there + id - first;
  }
  return id;
}

/** Follows links by hand: what an absolute one says counts from the host's root, not from ours. */
async function resolveBelow(root: string, path: string): Promise<string> {
  let done = "/";
  let rest = posix.normalize(path).split("/").filter(Boolean);
  let links = 0;
  while (rest.length > 0) {
    const [next = "", ...after] = rest;
    rest = after;
    if (next === "..") {
      done = dirname(done);
      continue;
    }
    const here = posix.join(done, next);
    if (!(await lstat(join(root, here))).isSymbolicLink()) {
      done = here;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw Object.assign(new Error(`too many links on the way to ${path}`), { code: "ELOOP" });
    const target = await readlink(join(root, here));
    if (target.startsWith("/")) done = "/";
    rest = [...target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
  }
  return done;
}
