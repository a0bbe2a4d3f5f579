import type { Clock } from "../kernel/index.ts";
import type { ErrorReplies } from "./error-replies.ts";
import type { Gate } from "./gate/gate.ts";
import type { Renewals } from "./gate/renewals.ts";
import type { ProxyLog } from "./options.ts";
import type { RouteTable } from "./routes/route-table.ts";
import type { StrictTransport } from "./tls/strict-transport.ts";

/** What the handlers of the public face share. */
export interface Face {
  readonly table: RouteTable;
  readonly gate: Gate;
  readonly renewals: Renewals;
  readonly errors: ErrorReplies;
  readonly strict: StrictTransport;
  readonly xForward: boolean;
  readonly clock: Clock;
  readonly log: ProxyLog;
  /** Sockets that switched protocols: Node's server no longer knows them, so closing has to. */
  readonly upgraded: Set<{ destroy(): void }>;
  /** Set while closing: responses then end their connection. */
  draining: boolean;
}

/**
 * The origin form (`/path?query`) of a request URI; `undefined` when it is neither that nor an absolute HTTP URL.
 * Absolute form must be accepted by servers (RFC 9112, 3.2.2).
 */
export function originForm(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  if (uri.charCodeAt(0) === 47) return uri;
  const absolute = /^https?:\/\/[^/?#]+(.*)$/i.exec(uri);
  if (absolute === null) return undefined;
  const rest = absolute[1] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
