/** Mistakes of files that may be over in a moment, and how long changes of them take to be seen. */
import type { Problem } from "../diagnostics.ts";
import { EMPTY_VAULT } from "../vault/file.ts";

export const EMPTY = "the file is empty, as if it was cut off; for a configuration of nothing but defaults write {}";

export function unwatchedText(failed: readonly string[]): string {
  return `Changes are seen only after some seconds, since these folders cannot be watched: ${failed.join(", ")}. ENOSPC and EMFILE: the host's limit is reached (fs.inotify.max_user_watches, max_user_instances); EACCES: the hub's account may not list the folder.`;
}

/** Files that are missing or cut off for a moment, while something replaces them. */
export function mayPass(problem: Problem): boolean {
  return (
    [EMPTY, EMPTY_VAULT].includes(problem.message) ||
    / does not exist$/.test(problem.message) ||
    problem.message.includes("is missing")
  );
}
