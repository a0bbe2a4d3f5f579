import { existsSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Waits until the hub has written the settings: where systemd starts both, the proxy may be first. Connections wait in
 * the sockets meanwhile, which are systemd's.
 * @returns at the latest after `timeoutMs`; whoever reads the file then says that it is missing
 */
export async function settingsWritten(file: string, timeoutMs: number): Promise<void> {
  if (existsSync(file)) return;
  const timeout = AbortSignal.timeout(timeoutMs);
  const { promise, resolve } = Promise.withResolvers<void>();
  timeout.addEventListener("abort", () => resolve());
  const watcher = watch(dirname(file), (_event, name) => {
    if (name === basename(file)) resolve();
  });
  // Written between the look and the watch.
  if (existsSync(file)) resolve();
  await promise;
  watcher.close();
}
