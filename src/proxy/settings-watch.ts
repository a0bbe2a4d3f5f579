import { type FSWatcher, unwatchFile, watch, watchFile } from "node:fs";
import { basename, dirname } from "node:path";
import { type Closable, messageOf, type Secret } from "../kernel/index.ts";
import type { ProxyLog } from "./options.ts";
import { type ProxySettings, readProxySettings } from "./settings.ts";

/** How often the file is looked at on a host that has no watches left. */
const POLL_MS = 1000;

/**
 * Calls `apply` with the content of the file, which may have changed since it was read, and with every later one; a damaged
 * one is logged and the last good one holds. The folder is watched, since the file is replaced by renaming.
 */
export function watchProxySettings(
  file: string,
  gateKey: Secret,
  apply: (settings: ProxySettings) => void,
  log: ProxyLog,
): Closable {
  const look = (): void => {
    try {
      apply(readProxySettings(file, gateKey));
    } catch (error) {
      log.error({ err: error }, "Changed settings were not taken over.");
    }
  };
  const poll = (error: unknown): void => {
    log.warn({ reason: messageOf(error) }, "The settings cannot be watched and are looked at each second.");
    watchFile(file, { interval: POLL_MS }, look);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(file), (_event, name) => {
      if (name === null || name === basename(file)) look();
    });
    watcher.on("error", poll);
  } catch (error) {
    poll(error); // the host's limit of watches is no reason to serve nobody
  }
  look();
  return {
    close: async () => {
      watcher?.close();
      unwatchFile(file, look);
    },
  };
}
