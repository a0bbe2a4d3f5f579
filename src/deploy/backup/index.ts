/** Backups: a repository that is encrypted and deduplicated, what goes into it, and getting it back. */
export { listEntries } from "./browse.ts";
export type { BackupParts, BackupProgress, BackupResult } from "./create.ts";
export { createBackup } from "./create.ts";
export { type CheckResult, check } from "./repository/check.ts";
export { lockRepository } from "./repository/locks.ts";
export type { Keep, PruneResult } from "./repository/prune.ts";
export { keptSnapshots, prune } from "./repository/prune.ts";
export type { Repository, RepositoryOptions } from "./repository/repository.ts";
export { ensureRepository, openRepository } from "./repository/repository.ts";
export type { HomePart, Snapshot } from "./repository/snapshot.ts";
export type { HomeRestore, RestoredConfiguration } from "./restore.ts";
export {
  homeOf,
  restoreArchives,
  restoreConfiguration,
  restoreDatabase,
  restoreFile,
  restoreHome,
  restoreHomes,
  restoreKeys,
} from "./restore.ts";
export { openBackupStore } from "./store/open.ts";
export type { BackupStore } from "./store/port.ts";
export type { SshOptions } from "./store/ssh-connect.ts";
