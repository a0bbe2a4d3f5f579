/** The engine's temporary files. Podman 4 leaves the archive of every import behind, hundreds of megabytes each. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Makes the folder, empty: what lies in it is from an engine process that is gone. Give it as `TMPDIR`. */
export function openScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Removes archives of imports; call it when none is under way. */
export function clearImports(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith("api_load.tar")) rmSync(join(folder, name), { force: true });
  }
}
