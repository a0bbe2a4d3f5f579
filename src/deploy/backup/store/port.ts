/**
 * Where the files of a backup lie. Names are relative with “/”, of `a-z0-9.-`; one implementation for folders, one for SFTP,
 * one contract suite over both.
 */
import type { Closable } from "../../../kernel/index.ts";

export interface StoredFile {
  /** Without the folder. */
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch, by the clock of where it lies; whole seconds over SFTP. */
  readonly modified: number;
}

export interface BackupStore extends Closable {
  /** For messages: the folder, or `sftp://USER@HOST/FOLDER`. */
  readonly where: string;
  /** Writes a file that is there whole and on the disk, or not at all; replaces. Folders are made. @throws HubError `disk-full`, `backup-unusable` */
  put(name: string, content: readonly Buffer[]): Promise<void>;
  /** All of it, or `length` bytes from `offset`: fewer when it ends there. @throws HubError `not-found`, `backup-unusable` */
  get(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Buffer>;
  /** Files of a folder, not of those below; none when it is missing. */
  list(folder: string): Promise<readonly StoredFile[]>;
  /** Missing is fine. */
  remove(name: string): Promise<void>;
  /** In one step; replaces. @throws HubError `not-found` */
  rename(from: string, to: string): Promise<void>;
  exists(name: string): Promise<boolean>;
}

/** Files that are being written; what is found here without a writer was left by one that died. */
export const UNFINISHED = "unfinished";
