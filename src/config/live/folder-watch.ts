/** Watches folders, not files: files are replaced by others of the same name, by editors and by renewals of certificates. */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Closable } from "../../kernel/index.ts";
import { systemCode } from "../../kernel/index.ts";
import { addSteps } from "./steps.ts";

export interface Watched {
  readonly files: readonly string[];
  /** Of these any name matters. */
  readonly folders: readonly string[];
}

export class FolderWatch implements Closable {
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #names = new Map<string, Set<string>>();
  #whole = new Set<string>();
  /** Folders whose watch may be of one that is gone; a new one of the same name may even have its number. */
  readonly #stale = new Set<string>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Watches these from now on.
   * @returns what cannot be watched, and whether something is watched that was not before: it may have changed unseen
   */
  update(watched: Watched): { readonly fresh: boolean; readonly failed: readonly string[] } {
    this.#names = new Map();
    for (const path of [...watched.files, ...watched.folders]) addSteps(path, this.#names);
    // Where links lead to is known by the folder itself: one step further than its last name.
    this.#whole = new Set();
    for (const folder of watched.folders) {
      const before = new Map<string, Set<string>>();
      addSteps(join(folder, "*"), before);
      for (const [path, names] of before) if (names.has("*")) this.#whole.add(path);
    }
    const wanted = new Set([...this.#names.keys(), ...this.#whole]);
    for (const path of this.#watchers.keys()) if (!wanted.has(path) || this.#stale.has(path)) this.#end(path);
    this.#stale.clear();
    const failed: string[] = [];
    let fresh = false;
    const near = new Set([...watched.files.map((file) => dirname(file)), ...watched.folders]);
    for (const path of wanted) {
      if (this.#watchers.has(path)) continue;
      const code = this.#begin(path);
      fresh ||= code === undefined;
      if (code === undefined || code === "ENOENT" || code === "ENOTDIR") continue;
      // A folder far above may be passed without being listed; what is below is watched by itself.
      if (code !== "EACCES" || near.has(path)) failed.push(`${path} (${code})`);
    }
    return { fresh, failed };
  }

  async close(): Promise<void> {
    for (const path of [...this.#watchers.keys()]) this.#end(path);
  }

  /** @returns the system's code when it cannot be watched */
  #begin(path: string): string | undefined {
    try {
      const watcher = watch(path, (_event, name) => this.#event(path, name));
      watcher.on("error", () => {
        this.#stale.add(path);
        this.#onChange();
      });
      this.#watchers.set(path, watcher);
      return undefined;
    } catch (error) {
      return systemCode(error) ?? "unknown";
    }
  }

  #event(folder: string, name: string | null): void {
    const known = name === null || this.#whole.has(folder) || this.#names.get(folder)?.has(name) === true;
    // The watch of a folder that is removed says the folder's own name, last.
    const itself = name === basename(folder);
    if (!known && !itself) return;
    if (itself) this.#stale.add(folder);
    if (name !== null) {
      const below = join(folder, name);
      for (const path of this.#watchers.keys())
        if (path === below || path.startsWith(`${below}/`)) this.#stale.add(path);
    }
    this.#onChange();
  }

  #end(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }
}
