/** Copies of this program that differ a little, as later versions do. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const PROGRAM_ROOT = join(import.meta.dirname, "..", "..");
/** Large, and written anew as a whole. */
const LINKED = ["web", "node_modules"];
/** An editor may write into these while the copy is used. */
const COPIED = ["hublet", "package.json", "package-lock.json", ".npmrc", "src"];

/**
 * A copy, for the most part by hard links, beside this checkout; the caller removes it.
 * @param changes new texts of files by path, made from the old ones
 */
export function copyProgram(changes: Readonly<Record<string, (text: string) => string>>): string {
  // On the same file system as the checkout, whose files are linked.
  const folder = mkdtempSync(join(dirname(PROGRAM_ROOT), ".hublet-version-"));
  for (const [option, parts] of [
    ["-al", LINKED],
    ["-a", COPIED],
  ] as const)
    execFileSync("cp", [option, ...parts.map((part) => join(PROGRAM_ROOT, part)), folder]);
  for (const [path, change] of Object.entries(changes)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    // Never through the link: that would change the checkout itself.
    writeFileSync(`${file}.new`, change(readFileSync(file, "utf8")));
    renameSync(`${file}.new`, file);
  }
  return folder;
}
