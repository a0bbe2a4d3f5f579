/** Lets the service account read what root wrote for it before the account was there. */
import { chmodSync, chownSync, lstatSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Gives the account's group leave to read configuration files of root's own group that nobody else may read, below the
 * folder of the configuration. Files elsewhere, and those somebody has given to another group, are left as they are.
 * @param files absolute paths, of which root is known to be the only writer
 * @returns the paths that were changed
 */
export function openToAccount(config: string, files: readonly string[], group: number): readonly string[] {
  const folder = dirname(config);
  const below = files.filter((file) => file.startsWith(`${folder}/`));
  const folders = below.flatMap((file) => (dirname(file) === folder ? [] : [dirname(file)]));
  return [...new Set([...folders, ...below])].filter((path) => {
    const { uid, gid, mode } = lstatSync(path);
    const isLink = (mode & 0o170000) === 0o120000;
    if (isLink || uid !== 0 || gid !== 0 || (mode & 0o007) !== 0) return false;
    chownSync(path, 0, group);
    chmodSync(path, (mode & 0o7777) | ((mode & 0o100) === 0 ? 0o040 : 0o050));
    return true;
  });
}
