/** What the HTTP layer sees of a server's life. */
import type { HostView } from "../broker/index.ts";
import type { HostAccount } from "../config/index.ts";
import type { Config, PolicyView, ServerEvent, ServerView } from "../contract/index.ts";
import type { Driver } from "../drivers/index.ts";
import type { Clock, Closable, Secret, ServerName, UserName } from "../kernel/index.ts";
import type { Store } from "../store/index.ts";
import type { Choices, HubReach, Images, Log, Probe, Routes, ServerCredentials } from "./ports.ts";

export interface ServersOptions {
  readonly store: Store;
  readonly driver: Driver;
  readonly images: Images | undefined;
  /** Default: there is no catalogue. */
  readonly catalogue?: Choices;
  readonly credentials: ServerCredentials;
  readonly routes: Routes;
  /** The current snapshot; asked at every start. */
  readonly config: () => Config;
  /** What a person gets (`people.policyOf`), from memory; asked at every start and whenever it is shown when a server stops. */
  readonly policyOf: (user: UserName) => PolicyView;
  /** A person's account on this host; needed for `server.runAs: host` and `{account}`. Default: nobody has one. */
  readonly accountOf?: (user: UserName) => HostAccount | undefined;
  /** Value of the label `hublet.hub`: tells hubs of one engine apart; stays the same for the life of the database. */
  readonly hubId: string;
  /** Deployment prefix, begins and ends with `/`. */
  readonly baseUrl: string;
  /** Where the proxy finds the hub: `http://127.0.0.1:8081` or `http+unix://…`; routed at `baseUrl`. */
  readonly hubTarget: string;
  readonly hubReach: HubReach;
  /** Long-lived key; the tokens that the proxy adds for servers of protocol `http` are derived from it, none is stored. */
  readonly gateKey: Secret;
  /** Absolute paths of what is the hub's own (state, secrets, engine): never mounted, nor what holds them. Default: none. */
  readonly closedPaths?: readonly string[];
  /** For a hub in a container: below it are the host's /etc and the skeleton of homes. “” or absent when the hub sees the host itself. */
  readonly hostRoot?: string;
  /** How folders of the host are looked at by a hub in a container. Default: this process sees them itself. */
  readonly hostView?: HostView;
  /** The lock of the state folder proves that no other hub process lives: leases of others are void. */
  readonly takeOverLeases: boolean;
  /** Containers that are tried out (`createTrial`) and have no record. Default: none. */
  readonly trials?: ReadonlySet<string>;
  readonly clock: Clock;
  /** Milliseconds that this host was awake, from any beginning; does not jump with the clock. Default: the system's. */
  readonly awake?: () => number;
  readonly log: Log;
  readonly probe?: Probe;
}

/** `spawn`: a start is under way; `stop`; `check`: it ran before the hub restarted and was not looked at yet. */
export type Pending = "spawn" | "stop" | "check";

/** Who may pass the proxy's gate to a server of protocol `http`; `epoch` changes at every start. */
export interface GateTicket {
  /** `user/name`, the default server with its trailing slash. */
  readonly server: string;
  readonly epoch: string;
}

/** A server as the rooms above see it: the view of the web pages, and what JupyterHub's model has besides (contract 3.3). */
export interface ServerRecord extends ServerView {
  readonly user: UserName;
  readonly name: ServerName;
  readonly displayName: string;
  readonly pending: Pending | null;
  /** It runs and nothing is pending. */
  readonly ready: boolean;
  readonly protocol: "jupyterhub" | "http" | null;
  /** `stoppedBecause` with the rule and its place, for admins: “… (rule: groups.lab.idleTimeout, hublet.yaml:38:18).” */
  readonly stoppedByRule: string | null;
  /** Set while a server of protocol `http` is ready. */
  readonly gate: GateTicket | null;
  /** What `admin:server_state` may see: engine id, address, generation. Empty when stopped. */
  readonly engineState: Readonly<Record<string, unknown>>;
}

export interface ServerKey {
  readonly user: UserName;
  readonly server: ServerName;
}

export interface StartRequest extends ServerKey {
  /**
   * `profile` picks one of `config.profiles`, `image` one of the policy's images, or with `tag` one of the catalogue's;
   * undefined or null: the options of the last start (contract 3.5).
   */
  readonly options?: Readonly<Record<string, unknown>> | null | undefined;
  readonly displayName?: string | undefined;
  /** Name of who asked, for the events. */
  readonly by: string;
}

export interface StopRequest extends ServerKey {
  readonly by: string;
}

export interface Settled {
  /** Nothing is pending any more: `ready`, `stopped` or `failed`. False: time is up. */
  readonly settled: boolean;
  readonly server: ServerRecord;
}

/** Milliseconds of the last start, from the click to the route. */
export interface StartTimings {
  /** Calls of the driver. */
  readonly engineMs: number;
  /** Waiting for the image. */
  readonly imageMs: number;
  /** From the running process to its first answer. */
  readonly jupyterMs: number;
  /** The rest: what Hublet itself cost. */
  readonly oursMs: number;
  readonly totalMs: number;
}

export interface ServerChange {
  readonly server: ServerRecord;
  /** The row was removed (named servers, people who left). */
  readonly removed: boolean;
  readonly event: ServerEvent | null;
}

/** A server from click to stop. Every method that names a user throws HubError `not-found` when there is no such person. */
export interface Servers extends Closable {
  /**
   * Begins a start and returns at once in state `queued`; a start under way is joined. Makes a named server when missing.
   * @throws HubError `server-running`, `server-busy` (stopping, or not checked yet), `bad-request` (unknown profile),
   *   `forbidden` (profile or image not for this person; a second person on the process driver), `too-many-servers`
   *   (a named server beyond `maximumServers`; the default one always counts, and can always be started)
   */
  start(request: StartRequest): Promise<ServerRecord>;
  /** Begins a stop and returns at once; cancels a start under way. Nothing to stop is fine. @throws HubError `not-found` (named) */
  stop(request: StopRequest): Promise<ServerRecord>;
  /** Waits until nothing is pending, at most `withinMs`. Never throws for a failed start: read `server.state`. */
  settled(key: ServerKey, wait: { withinMs: number; signal?: AbortSignal }): Promise<Settled>;

  /** Makes a named server without starting it. @throws HubError `conflict` (exists, or is the default one), `too-many-servers` */
  create(request: ServerKey & { displayName?: string; options?: Record<string, unknown> }): Promise<ServerRecord>;
  /** Changes a stopped server. @throws HubError `server-busy` when active, `conflict` (name taken), `not-found`, `bad-request` */
  update(
    key: ServerKey,
    change: { name?: ServerName; displayName?: string; options?: Record<string, unknown> },
  ): Promise<ServerRecord>;
  /** Stops a named server if need be, and removes its record. @throws HubError `bad-request` (default), `not-found` */
  remove(request: StopRequest): Promise<void>;
  /** Stops and removes every server of a person, before the person is removed. Volumes stay. */
  evict(user: UserName, by: string): Promise<void>;
  /** Those of `users` under whose names an earlier person's files lie. */
  withFilesOfOthers(users: readonly UserName[]): Promise<readonly UserName[]>;
  /** Whoever has the name at the next start owns the files kept under it: they were erased, or an admin said so. */
  handOverFiles(user: UserName): Promise<void>;

  /** Undefined: no such person, or no such named server. The default server exists always. */
  get(key: ServerKey): Promise<ServerRecord | undefined>;
  /** All servers of a person, the default one first. */
  list(user: UserName): Promise<readonly ServerRecord[]>;
  /** The same for a page of people; people without a record of their own have their default server. */
  listOf(users: readonly UserName[]): Promise<ReadonlyMap<UserName, readonly ServerRecord[]>>;
  /** Every server that is not stopped or failed. */
  listActive(): Promise<readonly ServerRecord[]>;
  /** Servers that are `ready`. */
  running(): Promise<number>;

  /**
   * Events of the current (or last) start: first those already there, then as they happen; ends after the one that
   * settles it (`ready`, `failed`, `stopped`). With `afterId`, only newer ones.
   */
  events(key: ServerKey, options: { afterId?: number; signal: AbortSignal }): AsyncIterable<ServerEvent>;
  /** Events of the current or last start, and of its stop. */
  timeline(key: ServerKey): Promise<readonly ServerEvent[]>;
  /** The server's own output, its last `lines` lines; of a failed start, what was kept. */
  log(key: ServerKey, lines: number): Promise<string>;
  /** Timings of the last start that this process saw through. */
  timings(key: ServerKey): Promise<StartTimings | undefined>;
  /** Called after every change of any server that this process makes; returns the unsubscriber. */
  subscribe(listener: (change: ServerChange) => void): () => void;

  /** `POST /users/{name}/activity` (contract 5.2) with its JSON body. @throws HubError `bad-request`; nothing is stored then */
  recordActivity(user: UserName, body: unknown): Promise<void>;

  /** Brings database, engine and proxy into agreement; at start, and whenever one of them was away. Never throws for one server. */
  reconcile(): Promise<void>;
  /** Repairs the proxy's routes and reads activity from them (contract 8). @throws HubError `proxy-unreachable` */
  checkRoutes(): Promise<void>;
  /** Policies or the configuration may have changed: the moments at which servers are stopped are worked out anew. */
  policyChanged(): void;
  /** Stops watching and waiting. Servers go on; a start under way is continued by the next hub process. */
  close(): Promise<void>;
}
