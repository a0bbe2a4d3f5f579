/** Root obeys a configuration: so nobody else may be able to write it. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

/**
 * As root, proves that the file and each folder above it are root's alone to write. The service account faces people:
 * whoever takes it over must not be able to tell root which packages to install or which socket to hand over.
 * @param file absolute path; it may not exist yet
 * @throws HubError `state-unusable` naming what is writable by others
 */
export function checkConfigOwner(file: string): void {
  if (process.geteuid?.() !== 0) return;
  for (let path = file; ; path = dirname(path)) {
    const problem = writableByOthers(path, path === file);
    if (problem !== undefined) {
      throw new HubError(
        "state-unusable",
        `Root does not use the configuration ${file}: ${problem}, so somebody else could change what root does. Keep it where only root can write, for example /etc/hublet/NAME.yaml, and name it with --config.`,
      );
    }
    if (dirname(path) === path) return;
  }
}

function writableByOthers(path: string, isFile: boolean): string | undefined {
  try {
    const { uid, mode } = lstatSync(path);
    if (uid !== 0) return `${path} belongs to another account (uid ${uid})`;
    // In a folder with the sticky bit (/tmp) others cannot replace what is root's.
    const sticky = !isFile && (mode & 0o1000) !== 0;
    return (mode & 0o022) !== 0 && !sticky && (mode & 0o170000) !== 0o120000
      ? `${path} can be written by others`
      : undefined;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    return `${path} cannot be looked at (${messageOf(error)})`;
  }
}
