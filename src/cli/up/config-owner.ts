/** Root obeys a configuration: so nobody else may be able to write it. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { addSteps } from "../../config/index.ts";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

/**
 * As root, proves that the file, each folder above it, and whatever symbolic links on the way lead to are root's alone to
 * write. The service account faces people: whoever takes it over must not be able to tell root which packages to install
 * or which socket to hand over.
 * @param file absolute path; it may not exist yet
 * @throws HubError `state-unusable` naming what is writable by others
 */
export function checkConfigOwner(file: string): void {
  if (process.geteuid?.() !== 0) return;
  const steps = new Map<string, Set<string>>();
  addSteps(file, steps);
  const paths = ["/", ...[...steps].flatMap(([folder, names]) => [...names].map((name) => join(folder, name)))];
  for (const path of paths) {
    const problem = writableByOthers(path);
    if (problem !== undefined) {
      throw new HubError(
        "state-unusable",
        `Root does not use the configuration ${file}: ${problem}, so somebody else could change what root does. Keep it where only root can write, for example /etc/hublet/NAME.yaml, and name it with --config.`,
      );
    }
  }
}

function writableByOthers(path: string): string | undefined {
  try {
    const found = lstatSync(path);
    const { uid, mode } = found;
    if (uid !== 0) return `${path} belongs to another account (uid ${uid})`;
    // In a folder with the sticky bit (/tmp) others cannot replace what is root's.
    const sticky = found.isDirectory() && (mode & 0o1000) !== 0;
    return (mode & 0o022) !== 0 && !sticky && !found.isSymbolicLink() ? `${path} can be written by others` : undefined;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    return `${path} cannot be looked at (${messageOf(error)})`;
  }
}
