import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Secret } from "../kernel/index.ts";
import { type ProxySettings, readProxySettings } from "./settings.ts";

/**
 * Waits until the hub has written the settings, and they are of the kind that is to be served: where systemd starts both
 * processes, the proxy may be first. Connections wait in the sockets meanwhile, which are systemd's.
 * @returns at the latest after `timeoutMs`; whoever reads the file then says what is wrong with it
 */
export async function settingsWritten(
  file: string,
  gateKey: Secret,
  { serves, timeoutMs }: { readonly serves: "http" | "https"; readonly timeoutMs: number },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  AbortSignal.timeout(timeoutMs).addEventListener("abort", () => resolve());
  const look = (): void => {
    if (isServed(attempt(file, gateKey), serves)) resolve();
  };
  const watcher = watch(dirname(file), (_event, name) => {
    if (name === basename(file)) look();
  });
  look();
  await promise;
  watcher.close();
}

function isServed(settings: ProxySettings | undefined, serves: "http" | "https"): boolean {
  return settings !== undefined && (settings.tls !== undefined) === (serves === "https");
}

function attempt(file: string, gateKey: Secret): ProxySettings | undefined {
  try {
    return readProxySettings(file, gateKey);
  } catch {
    return undefined; // not there yet, or of an older version: the hub writes it anew
  }
}
