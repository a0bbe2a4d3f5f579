/** A host that is set up: this one, or one reached by ssh. Nothing but a shell and what the host has is needed there. */
import type { Readable, Writable } from "node:stream";
import type { Closable } from "../../kernel/index.ts";
import type { RunResult } from "../run.ts";

/** Whom a command runs as; root when absent. */
export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface HostRunOptions {
  /** Run as this account, with the environment that Podman and `systemctl --user` need (`XDG_RUNTIME_DIR`, the bus). */
  readonly as?: HostUser;
  /**
   * With `as`: inside the account's systemd user manager, so that what the command leaves running (Podman's pause process,
   * containers) belongs to the manager and not to this session.
   */
  readonly managed?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer | Readable;
  /** Standard output goes here instead of into the result; it is not ended, so that more can follow. */
  readonly output?: Writable;
  /** Milliseconds; 60,000 when absent. */
  readonly timeout?: number;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface HostFile {
  /** Absolute path. */
  readonly path: string;
  readonly content: string | Buffer;
  /** Permissions, for example 0o640. */
  readonly mode: number;
  /** Owner; root when absent. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface Host extends Closable {
  /** “this host”, or what was given to ssh: for messages. */
  readonly name: string;
  readonly local: boolean;
  /**
   * Runs a command without a shell of ours between (arguments arrive as they are), as root unless `as` says otherwise, in
   * the folder `/` (with `managed`, in the account's home) and with a fixed `PATH`.
   * Secrets go by `input` alone: arguments and `env` are everybody's to see.
   * After `timeout` the command is ended and the code is -1; after `signal` it is ended and the signal's reason thrown.
   * @throws HubError `host-unreachable` when the connection is gone; never for the command's own failure
   */
  run(argv: readonly string[], options?: HostRunOptions): Promise<RunResult>;
  /** Like `run`. @throws HubError also `command-failed` with the command and the end of what it said */
  mustRun(argv: readonly string[], options?: HostRunOptions): Promise<RunResult>;
  /** Undefined when it is not there. As root; follows no link at the last step. @throws HubError `command-failed` when it is no file */
  readFile(path: string): Promise<Buffer | undefined>;
  /**
   * Writes files, each in one step (a reader sees the old or the new one); folders on the way are made with mode 0755.
   * Without `as`, root writes and refuses a path that leads through a link or a folder that another account can write;
   * with `as`, the account itself writes into its own folders.
   */
  writeFiles(files: readonly HostFile[], options?: { readonly as?: HostUser }): Promise<void>;
  /** Removes files, and folders with `tree`; what is not there is no mistake. */
  remove(paths: readonly string[], options?: { readonly tree?: boolean; readonly as?: HostUser }): Promise<void>;
  /**
   * Takes the lock under which hosts are changed; it is given back when this process ends in whatever way.
   * @throws HubError `host-busy` naming who holds it
   */
  lock(): Promise<Closable>;
}
