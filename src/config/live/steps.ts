/** The names on the way to a file: when one of them changes in its folder, the file may be another one. */
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const MAX_LINKS = 40;

/** Names by the folder they are in: each part of the path, and of what symbolic links on the way lead to. */
export function addSteps(path: string, steps: Map<string, Set<string>>): void {
  const queue = parts(resolve(path));
  let folder = "/";
  for (let links = 0; ; ) {
    const name = queue.shift();
    if (name === undefined) return;
    if (name === "." || name === "") continue;
    if (name === "..") {
      folder = dirname(folder);
      continue;
    }
    steps.set(folder, (steps.get(folder) ?? new Set()).add(name));
    const next = join(folder, name);
    const target = linkOf(next);
    if (target === "missing") return;
    if (target === undefined) folder = next;
    else {
      links++;
      if (links > MAX_LINKS) return;
      if (target.startsWith("/")) folder = "/";
      queue.unshift(...parts(target));
    }
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

/** Where a symbolic link leads; undefined for what is none; `missing` also for what may not be looked at. */
function linkOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return "missing";
  }
}
