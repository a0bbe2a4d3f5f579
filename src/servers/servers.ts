import type { Servers, ServersOptions } from "./types.ts";

/** Builds the room. Call `reconcile()` once the hub and the proxy are up. */
export function createServers(_options: ServersOptions): Servers {
  throw new Error("not written yet");
}
