/**
 * The three kinds of errors of this program: a `HubError` is expected and tells a person what happened, why, and
 * what to do; a protocol error has the shape its protocol demands and lives with that protocol; everything else
 * is a bug. `CATALOGUE` is the only list of codes: `docs/errors.md` is held equal to it by a test.
 */
export const CATALOGUE = {
  "bad-request": { status: 400, title: "The request could not be understood" },
  "bad-config": { status: 400, title: "The configuration has mistakes" },
  "not-signed-in": { status: 403, title: "Missing or invalid credentials" },
  forbidden: { status: 403, title: "Not allowed" },
  "sign-in-refused": { status: 403, title: "Sign-in was refused" },
  "provider-unreachable": { status: 502, title: "The sign-in provider does not answer" },
  "too-many-attempts": { status: 429, title: "Too many attempts" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "It exists already, or is in a state that does not allow this" },
  "name-invalid": { status: 400, title: "The name cannot be used" },
  "password-too-weak": { status: 400, title: "The password is too short, or too easy to guess" },
  "claim-invalid": { status: 403, title: "The claim code is wrong, used or expired" },
  "server-running": { status: 400, title: "The server is running already" },
  "server-busy": { status: 400, title: "The server is starting or stopping" },
  "too-many-servers": { status: 403, title: "No more servers are allowed" },
  "mount-missing": { status: 500, title: "A folder that belongs to the server is not there" },
  "secret-missing": { status: 500, title: "A secret is missing" },
  "image-missing": { status: 500, title: "The notebook image is not there" },
  "image-pull-failed": { status: 500, title: "The notebook image could not be fetched" },
  "image-push-failed": { status: 502, title: "The image could not be pushed to its registry" },
  "image-unsuitable": { status: 500, title: "The image does not fit what is asked of it" },
  "registry-refused": { status: 502, title: "The registry refused" },
  "registry-unreachable": { status: 503, title: "The registry does not answer" },
  "image-build-failed": { status: 500, title: "The notebook image could not be built" },
  "out-of-memory": { status: 500, title: "The server ran out of memory" },
  "disk-full": { status: 507, title: "No space is left on the disk" },
  "process-died": { status: 500, title: "The server's process ended while it was starting" },
  "start-timeout": { status: 504, title: "The server did not answer in time" },
  "start-cancelled": { status: 409, title: "The start was cancelled" },
  "start-interrupted": { status: 500, title: "The start was interrupted" },
  "engine-unreachable": { status: 503, title: "The container engine does not answer" },
  "engine-refused": { status: 500, title: "The container engine refused" },
  "engine-missing": { status: 500, title: "No container engine can be used on this host" },
  "packages-missing": { status: 500, title: "Packages are missing on this host" },
  "account-unusable": { status: 500, title: "The service account cannot be used" },
  "port-in-use": { status: 500, title: "The address is in use" },
  "state-unusable": { status: 500, title: "The state folder cannot be used" },
  "state-locked": { status: 500, title: "Another hub uses this state folder" },
  "database-unusable": { status: 500, title: "The database cannot be used" },
  "proxy-unreachable": { status: 503, title: "The proxy does not answer" },
  "hub-unreachable": { status: 503, title: "The hub does not answer" },
  "server-unreachable": { status: 424, title: "The server is not running" },
  "host-unreachable": { status: 502, title: "The host cannot be reached" },
  "host-busy": { status: 409, title: "Somebody else is changing this host" },
  "host-unsuitable": { status: 500, title: "The host cannot run this deployment" },
  "deployment-unhealthy": { status: 500, title: "The deployment did not become healthy, and was taken back" },
  "vault-unusable": { status: 500, title: "The vault of secrets cannot be used" },
  "certificate-unusable": { status: 400, title: "The certificate cannot be used" },
  "backup-unusable": { status: 500, title: "The backup cannot be used" },
  "command-failed": { status: 500, title: "A command failed" },
  usage: { status: 400, title: "The command line could not be understood" },
  internal: { status: 500, title: "Internal error" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** A stable, documented error code. */
export type ErrorCode = keyof typeof CATALOGUE;

export interface HubErrorOptions {
  /** HTTP status, when it differs from the catalogue's. */
  readonly status?: number;
  /** For the log only: never shown to people. */
  readonly detail?: string;
  /** Extra facts for the JSON form, shown to the caller (for example `{ retryAfter: 30 }`). */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An expected failure. `message` says what happened, why, and what to do, in whole plain sentences. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly facts: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HubError";
    this.code = code;
    this.status = options.status ?? CATALOGUE[code].status;
    this.detail = options.detail;
    this.facts = options.facts;
  }
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`, …), or `undefined`. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** Whether the system said that a disk, or somebody's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The text of any thrown value, for a message or a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
