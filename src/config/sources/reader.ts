/** Reads the files of one configuration and remembers each with a digest, also those that are not there. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { messageOf, sha256, systemCode } from "../../kernel/index.ts";

/** Larger files are refused: nobody writes them by hand. */
const MAX_BYTES = 1024 * 1024;

/** A file's bytes, or why there are none: words that follow “it ”. */
export type ReadResult =
  | { readonly bytes: Buffer; readonly mode: number }
  | { readonly missing: boolean; readonly why: string };

/** Files and folders as they were once. */
export interface Kept {
  readonly files: Readonly<Record<string, { readonly mode: number; readonly text: string }>>;
  readonly folders: Readonly<Record<string, readonly string[]>>;
}

export class FileReader {
  /** Instead of the real ones, for those paths that it has. */
  readonly #instead: Kept;
  readonly #keptFiles: Record<string, { mode: number; text: string }> = {};
  readonly #keptFolders: Record<string, readonly string[]> = {};
  readonly #found = new Set<string>();
  /** By absolute path; in the order of the first reading. */
  readonly #digests = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  readonly #empty = new Set<string>();

  constructor(instead: Kept = { files: {}, folders: {} }) {
    this.#instead = instead;
  }

  /**
   * @param options.limit in bytes
   * @param options.keep its text is part of `kept`: never for what is secret
   * @param options.own it belongs to who runs this, and not to the configuration: not part of `found`
   */
  read(path: string, { limit = MAX_BYTES, keep = false, own = false } = {}): ReadResult {
    const instead = keep ? this.#instead.files[path] : undefined;
    const result: ReadResult =
      instead === undefined
        ? readBounded(path, limit)
        : { bytes: Buffer.from(instead.text, "utf8"), mode: instead.mode };
    if ("bytes" in result && !own) this.#found.add(path);
    if ("bytes" in result && keep) this.#keptFiles[path] = { mode: result.mode, text: result.bytes.toString("utf8") };
    if ("bytes" in result && result.bytes.length === 0) this.#empty.add(path);
    // With the mode, since it decides whether a secret is taken.
    this.#digests.set(
      path,
      "bytes" in result ? `${result.mode}:${sha256(result.bytes.toString("latin1"))}` : result.why,
    );
    return result;
  }

  /** Names in a folder, sorted; undefined when it is none, or cannot be read. */
  list(path: string): string[] | undefined {
    try {
      const names = [...(this.#instead.folders[path] ?? readdirSync(path).toSorted())];
      this.#keptFolders[path] = names;
      this.#folders.set(path, JSON.stringify(names));
      return names;
    } catch (error) {
      this.#folders.set(path, systemCode(error) ?? messageOf(error));
      return undefined;
    }
  }

  /** It was read, and nothing was in it. */
  isEmpty(path: string): boolean {
    return this.#empty.has(path);
  }

  /** Every file that was asked for, whether it was there or not. */
  get files(): readonly string[] {
    return [...this.#digests.keys()];
  }

  /** Those of them that were there and belong to the configuration. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  get kept(): Kept {
    return { files: this.#keptFiles, folders: this.#keptFolders };
  }

  get folders(): readonly string[] {
    return [...this.#folders.keys()];
  }

  /** Changes when anything that was read changes, and only then. */
  digest(): string {
    return sha256(JSON.stringify([[...this.#digests], [...this.#folders]]));
  }
}

function readBounded(path: string, limit: number): ReadResult {
  let descriptor: number;
  try {
    // A named pipe must not hold the hub up.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    const missing = code === "ENOENT" || code === "ENOTDIR";
    return {
      missing,
      why: missing
        ? "does not exist"
        : code === "EACCES"
          ? `may not be read by ${userInfo().username}, which runs this: give it to that account's group (chgrp) and let the group read it (chmod g+r)`
          : `cannot be read: ${messageOf(error)}`,
    };
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return { missing: false, why: "is not a file" };
    const tooLarge = { missing: false, why: `is larger than ${limit / 1024} KiB` };
    if (size > limit) return tooLarge;
    const bytes = readFileSync(descriptor);
    return bytes.length > limit ? tooLarge : { bytes, mode: mode & 0o7777 };
  } catch (error) {
    return { missing: false, why: `cannot be read: ${messageOf(error)}` };
  } finally {
    closeSync(descriptor);
  }
}
