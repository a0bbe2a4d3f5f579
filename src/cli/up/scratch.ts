/** The engine's temporary files. Podman 4 leaves the archive of every import behind, hundreds of megabytes each. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ChildMessage } from "./plan.ts";

/** Makes the folder, empty: what lies in it is from an engine process that is gone. Give it as `TMPDIR`. */
export function openScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Removes the archives of imports, as soon as none is under way. */
export class ImportedArchives {
  readonly #folder: string;
  readonly #importing = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Told of every message of the hub. */
  message(message: ChildMessage): void {
    if (message.kind !== "image") return;
    if (message.state === "importing") this.#importing.add(message.reference);
    else if (this.#importing.delete(message.reference) && this.#importing.size === 0) this.#clear();
  }

  #clear(): void {
    for (const name of readdirSync(this.#folder)) {
      if (name.startsWith("api_load.tar")) rmSync(join(this.#folder, name), { force: true });
    }
  }
}
