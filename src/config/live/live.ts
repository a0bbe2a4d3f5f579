/** Opens the configuration that works, and its files watched. */
import type { HubError } from "../../kernel/index.ts";
import type { Attempt } from "../build/snapshot-of.ts";
import { configError, type Problem } from "../diagnostics.ts";
import { attemptOf, unreadable } from "../load.ts";
import type { LiveConfig } from "../snapshot.ts";
import { FileReader } from "../sources/reader.ts";
import { VaultKeys } from "../vault/source.ts";
import { exposedDummy } from "./exposed-dummy.ts";
import { readLastGood } from "./last-good.ts";
import { type LiveOptions, WatchedConfig } from "./watched.ts";

/**
 * Reads the configuration and watches it from now on.
 *
 * `current()` is always what the files said last without a mistake, also for keys that need a restart (`RESTART_KEYS`,
 * and whether there is a `tls`): whoever uses those reads them once, at the start, and `status().needsRestart` lists
 * what differs from then.
 * @throws HubError as `loadSnapshot`
 */
export async function openLiveConfig(options: LiveOptions): Promise<LiveConfig> {
  const reader = new FileReader();
  const keys = new VaultKeys();
  const attempt = await startAttempt(options, reader, keys);
  if ("snapshot" in attempt) return new WatchedConfig(options, { snapshot: attempt.snapshot, reader, keys });
  const kept = options.lastGood === undefined ? undefined : readLastGood(options.lastGood, options.file);
  if (kept !== undefined) {
    const before = new FileReader(kept);
    const again = await startAttempt(options, before, keys);
    if ("snapshot" in again)
      return new WatchedConfig(options, {
        snapshot: again.snapshot,
        reader: before,
        keys,
        refused: { reader, problems: attempt.problems },
      });
  }
  throw attempt.error ?? configError(attempt.problems, [options.file]);
}

type StartAttempt = Extract<Attempt, { snapshot: unknown }> | { problems: readonly Problem[]; error?: HubError };

async function startAttempt(options: LiveOptions, reader: FileReader, keys: VaultKeys): Promise<StartAttempt> {
  const attempt = await attemptOf(options, reader, keys);
  if ("problems" in attempt) {
    const error = unreadable(options.file, attempt.problems);
    return { ...attempt, ...(error === undefined ? {} : { error }) };
  }
  const exposed = exposedDummy(attempt.snapshot, options.listening);
  return exposed === undefined ? attempt : { problems: [exposed] };
}
