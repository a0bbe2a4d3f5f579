/** What the parts of this room share; made once by `createServers`. */

import type { HostView } from "../broker/index.ts";
import type { Clock, KeyedQueue, ServerName, UserName } from "../kernel/index.ts";
import { containerName, fullServerName, hmac, Secret, serverPrefix } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import type { Ends } from "./ends.ts";
import type { FolderLooks } from "./folder-looks.ts";
import type { Journal } from "./journal.ts";
import type { Probe, ServerIdentity } from "./ports.ts";
import type { ServersOptions, StartTimings } from "./types.ts";

export interface Room
  extends Pick<
    ServersOptions,
    | "driver"
    | "images"
    | "catalogue"
    | "credentials"
    | "routes"
    | "config"
    | "policyOf"
    | "hubId"
    | "baseUrl"
    | "hubTarget"
    | "hubReach"
    | "gateKey"
    | "closedPaths"
    | "hostRoot"
    | "accountOf"
    | "trials"
    | "log"
  > {
  readonly clock: Clock;
  /** Milliseconds that this host was awake, from any beginning. */
  readonly awake: () => number;
  readonly probe: Probe;
  readonly journal: Journal;
  readonly queue: KeyedQueue;
  readonly ends: Ends;
  readonly timings: Map<number, StartTimings>;
  readonly folders: FolderLooks;
  readonly hostView: HostView;
  /** Aborted by `close()`: leave everything as it is, the next process goes on. */
  readonly leaving: AbortSignal;
}

/** The next hub process goes on with this. */
export class Leaving extends Error {}

export function queueKey(row: { readonly user: UserName; readonly name: ServerName }): string {
  return fullServerName(row.user, row.name);
}

export function nameOf(row: ServerRow): string {
  return containerName(row.user, row.name);
}

export function prefixOf(room: Pick<Room, "baseUrl">, row: ServerRow): string {
  return serverPrefix(room.baseUrl, row.user, row.name);
}

export function identityOf(row: ServerRow): ServerIdentity {
  return { serverId: row.id, user: row.user, server: row.name };
}

/** The token that the proxy adds to requests to a server of protocol `http`; derived, so that it is stored nowhere. */
export function gateToken(key: Secret, row: Pick<ServerRow, "id">, epoch: string): Secret {
  return new Secret(hmac(key.reveal(), `server-token:${row.id}:${epoch}`));
}
