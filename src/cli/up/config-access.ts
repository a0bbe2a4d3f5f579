/** Lets the service account read what root wrote for it before the account was there. */
import { chmodSync, chownSync, lstatSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Gives the account's group leave to read configuration files of root's own group that nobody else may read, below the
 * folder of the configuration. Files elsewhere, also those that a link in it leads to, and those somebody has given to
 * another group, are left as they are.
 * @param files absolute paths, of which root is known to be the only writer
 * @returns the paths that were changed
 */
export function openToAccount(config: string, files: readonly string[], group: number): readonly string[] {
  const folder = realpathSync(dirname(config));
  const below = files.map((file) => realpathSync(file)).filter((file) => file.startsWith(`${folder}/`));
  const folders = below.flatMap((file) => foldersBetween(folder, file));
  return [...new Set([...folders, ...below])].filter((path) => {
    const { uid, gid, mode } = lstatSync(path);
    if (uid !== 0 || gid !== 0 || (mode & 0o007) !== 0) return false;
    chownSync(path, 0, group);
    chmodSync(path, (mode & 0o7777) | ((mode & 0o100) === 0 ? 0o040 : 0o050));
    return true;
  });
}

function foldersBetween(folder: string, file: string): string[] {
  const between = dirname(file);
  return between === folder ? [] : [...foldersBetween(folder, between), between];
}
