/** How commands of a host are started as root: right here, or through a connection. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Closable, HubError } from "../../kernel/index.ts";

export interface Transport extends Closable {
  /** For messages: “this host”, or what was given to ssh. */
  readonly name: string;
  readonly local: boolean;
  /**
   * Starts a command as root, in a process group of its own. What its standard input must begin with (sudo's password) is
   * written already.
   */
  start(argv: readonly string[]): ChildProcessWithoutNullStreams;
  /** Why commands cannot be started any more; undefined while they can. */
  lost(): Promise<HubError | undefined>;
}

/** Where programs are looked for, whoever calls and whatever the login shell says. */
export const HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
