/**
 * Where servers run. One interface, one folder per implementation, one contract suite over all of them
 * (`contract.ts`). Truth about a server comes from here: the rest of the hub only remembers what a driver said.
 */
import type { Closable, Secret } from "../kernel/index.ts";
import type { EngineImages } from "./images-port.ts";

export type DriverKind = "podman" | "docker" | "process";

/** What the engine and its host really enforce; `false` comes with a sentence for the admin in `notes`. */
export interface Capabilities {
  readonly memoryLimit: boolean;
  readonly cpuLimit: boolean;
  readonly pidsLimit: boolean;
  /** Servers are shut off from each other and from the host's loopback ports. */
  readonly networkIsolation: boolean;
  /** The engine runs without root. */
  readonly rootless: boolean;
  /** The highest number that an account in a server can have; undefined: any, or not known. */
  readonly highestUid?: number;
  /** What numbers of accounts and groups in servers are on the host; undefined: the same. */
  readonly hostIds?: { readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] };
  /** Plain sentences about what cannot be enforced here, and why. */
  readonly notes: readonly string[];
}

/** Numbers in servers, and the same ones on the host. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export interface Mount {
  readonly kind: "volume" | "bind";
  /** Volume name, or an absolute path of the host. */
  readonly source: string;
  /** Absolute path inside the server. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface Limits {
  readonly memoryBytes?: number;
  /** CPUs, may be a fraction: 0.5. */
  readonly cpus?: number;
  /** Processes and threads. */
  readonly pids?: number;
}

/** Everything a driver needs to run one server; made by `servers/launch-spec.ts`. */
export interface LaunchSpec {
  /** Container name, unique on the engine: `jupyter-{username}`. */
  readonly name: string;
  /** Labels of the conventions; `hublet.hub` tells hubs of one engine apart. */
  readonly labels: Readonly<Record<string, string>>;
  /** Image reference; unused by the process driver. */
  readonly image: string;
  /** `uid:gid` inside the server; undefined leaves the image's own user. Ignored by the process driver. */
  readonly user?: string;
  /** Numbers of further groups. Ignored by the process driver. */
  readonly groups?: readonly number[];
  /** Arguments after the image's entry point; undefined leaves the image's own command. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Environment that must not be shown by anything that describes a server. */
  readonly secretEnvironment: Readonly<Record<string, Secret>>;
  readonly mounts: readonly Mount[];
  /** Port the server listens on inside its network; the process driver is given a free port by the caller. */
  readonly port: number;
  readonly limits: Limits;
  /** `auto`: read-only when the image says it can (label `org.hublet.read-only-root=true`). */
  readonly readOnlyRoot: boolean | "auto";
  /** Writable folders in memory, needed with a read-only root: `/tmp`, `/run`. */
  readonly tmpfs: readonly string[];
  readonly workingDirectory?: string;
}

/** A running server as the proxy and the readiness poll reach it. */
export interface Running {
  /** Engine id of the container, or `pid:starttime` of a process. */
  readonly id: string;
  /** `http://127.0.0.1:PORT`, no path. */
  readonly url: string;
}

/** What the driver sees of a server right now. */
export interface Observed {
  readonly name: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly running: boolean;
  /** Set when it has ended. */
  readonly exitCode?: number;
  /** The kernel killed it for lack of memory. */
  readonly outOfMemory?: boolean;
  /** Set while it runs and its port is published. */
  readonly url?: string;
}

/** `ended`: the server's main process is gone, or the container was removed by somebody. */
export interface DriverEvent {
  readonly kind: "ended";
  readonly name: string;
  /** As in `Running` and `Observed`. An end can be told after a new server of the same name has begun: compare the id. */
  readonly id: string;
  readonly exitCode?: number;
}

export type LaunchStep = "network" | "create" | "start";

export interface StartOptions {
  readonly signal: AbortSignal;
  /** Called when a step begins. */
  readonly onStep?: (step: LaunchStep) => void;
}

export interface StopOptions {
  /** Seconds between the polite signal and the kill. */
  readonly graceSeconds: number;
  readonly signal?: AbortSignal;
}

export interface VolumeInfo {
  readonly name: string;
  /** None from the process driver, which keeps no labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A home with what decides who writes into it; as in `LaunchSpec`. */
export interface HomeSpec extends Pick<LaunchSpec, "name" | "labels" | "image" | "user" | "groups"> {
  readonly home: Mount;
}

export interface PackOptions {
  readonly signal: AbortSignal;
  /** What was not quite as it should be, in tar's words: a file changed or went while it was read. */
  readonly onNote: (note: string) => void;
}

export interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Folder in the volume that the content goes into; its name alone. Without it, the tar takes the place of all that is there. */
  readonly folder?: string;
  /** The tar has pax headers, which not every image can read. */
  readonly extended: boolean;
}

export interface Driver extends Closable {
  readonly kind: DriverKind;
  readonly images: EngineImages | undefined;

  /** @throws HubError `engine-unreachable` with the socket and what to do */
  ping(signal: AbortSignal): Promise<void>;
  capabilities(): Promise<Capabilities>;

  /** Makes the volume when it is missing; an existing one and its content are kept. Process driver: a folder. */
  ensureVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Makes user and group the owner of all of a volume's files, once: a volume that a server uses is left alone. Process driver: refused.
   * @throws HubError `not-found`, `conflict` (in use, or another hub's), `image-missing`, `command-failed`
   */
  ownVolume(name: string, owner: { readonly uid: number; readonly gid: number }): Promise<void>;
  /**
   * Mounts a home as the server would see it (same image, user and place), and puts what a tar holds into it where there is
   * nothing of that name: nothing is overwritten, no link of the home is followed, files belong to the server's user. An empty
   * volume gets the image's own files by being mounted, also when the tar has none (`emptyTar`).
   * @returns `declined` when the home has a file `.no-skeleton`
   * @throws HubError `image-missing`, `image-unsuitable` (neither shell nor tar in it), `disk-full`, `mount-missing`, `command-failed`,
   *   `engine-refused`, `engine-unreachable`; the signal's reason
   */
  fillHome(
    spec: HomeSpec,
    tar: AsyncIterable<Buffer>,
    options: { readonly signal: AbortSignal },
  ): Promise<"filled" | "declined">;
  /** Removes a volume and its content; missing is fine. */
  removeVolume(name: string): Promise<void>;
  /**
   * Packs a volume's content into a gzipped tar, with owners as servers see them, modes and links kept; sockets are left
   * out. `file` (absolute, mode 0600) appears when it is whole; aborting, or any failure, leaves nothing.
   * @throws HubError `not-found` (no such volume), `conflict` (another hub's), `image-missing` (an engine needs any image),
   *   `disk-full`, `command-failed`, `engine-refused`, `engine-unreachable`; the signal's reason
   */
  exportVolume(name: string, file: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** This hub's volumes, in the order of their names. Process driver: folders; those with very long names are left out. */
  listVolumes(): Promise<readonly VolumeInfo[]>;
  /**
   * Reads a volume as an uncompressed tar, with owners, modes, links, times, and (by GNU tar) holes and extended attributes;
   * sockets are left out. It may be in use meanwhile. Equal content gives equal bytes. What could not be read is thrown at the
   * end, after the rest was given. One at a time for each volume: a second one breaks off the first.
   * @throws HubError as `exportVolume`
   */
  packVolume(name: string, options: PackOptions): AsyncIterable<Buffer>;
  /**
   * Unpacks a tar into an existing volume, whose labels are kept. Without `folder`, what was there is removed once all of the tar
   * is unpacked, so both need room for a while.
   * @throws HubError `not-found`, `conflict` (another hub's; the folder exists; or, without it, a running server uses the volume), `image-missing`,
   *   `disk-full`, `command-failed`, `engine-refused`, `engine-unreachable`; what the source throws; the signal's reason
   */
  unpackVolume(name: string, tar: AsyncIterable<Buffer>, options: UnpackOptions): Promise<void>;

  /**
   * Creates and starts a server; returns as soon as its process runs (it need not answer yet). A leftover of the same
   * name and hub that does not run is replaced. Aborting, or any failure, leaves nothing behind.
   * @throws HubError `image-missing`, `out-of-memory`, `process-died` (ended before this could return; `facts.output` has its last
   *   lines), `disk-full`, `conflict` (name taken by a stranger), `mount-missing` (a folder is not there or cannot be
   *   reached; for processes: any bind), `engine-refused`, `engine-unreachable`; the signal's reason
   */
  start(spec: LaunchSpec, options: StartOptions): Promise<Running>;
  /** Stops politely, then by force, removes the container and its network; keeps volumes. Missing is fine. */
  stop(name: string, options: StopOptions): Promise<void>;
  /** Undefined when there is no such server. */
  observe(name: string): Promise<Observed | undefined>;
  /** All servers with label `hublet.hub` = `hub`, running or not. */
  list(hub: string): Promise<readonly Observed[]>;
  /**
   * Ends of servers, as they happen; reconnects by itself; ends when aborted. A `gap` comes when the stream begins and after every
   * reconnect: ends before it may have been missed, later ones are not, so compare with `list` then.
   */
  watch(hub: string, signal: AbortSignal): AsyncIterable<DriverEvent | { readonly kind: "gap" }>;
  /** The last `lines` lines of output (stdout and stderr together), or "" when there is none. */
  logs(name: string, lines: number): Promise<string>;
}
