/** The room as the rooms above see it: finds rows, guards what may be asked of them, and hands work to the parts. */

import { hostView } from "../broker/index.ts";
import { type ServerEvent, STARTING_STATES } from "../contract/index.ts";
import { DEFAULT_SERVER, HubError, KeyedQueue, randomHex, type UserName } from "../kernel/index.ts";
import {
  countServersIn,
  findServer,
  insertServer,
  listServerEvents,
  listServersOf,
  removeServer,
  type ServerRow,
} from "../store/index.ts";
import { recordActivity } from "./activity.ts";
import { allowOneMore, inTurn } from "./allowance.ts";
import { Background } from "./background.ts";
import { beginStart } from "./begin.ts";
import { Culler } from "./culler.ts";
import { Deadlines } from "./deadlines.ts";
import { Ends } from "./ends.ts";
import { forgetFilesOwner, holdsFilesOfOther } from "./files.ts";
import { FolderLooks } from "./folder-looks.ts";
import { currentEvents, untilSettled } from "./follow.ts";
import { Journal, Superseded } from "./journal.ts";
import { createProbe } from "./readiness.ts";
import { IDLE_STATES, isIdle, isStarting, neverStarted } from "./record.ts";
import { Leaving, queueKey, type Room } from "./room.ts";
import { nameText, noServer, Shelf } from "./shelf.ts";
import { lastLines } from "./teardown.ts";
import type {
  ServerChange,
  ServerKey,
  ServerRecord,
  Servers,
  ServersOptions,
  Settled,
  StartRequest,
  StartTimings,
  StopRequest,
} from "./types.ts";
import { Works } from "./works.ts";

const LONGEST_LOG = 5000;
/** Removing a server waits for its stop this long. */
const REMOVE_TIMEOUT_MS = 120_000;
/** `close()` waits this long for what cannot be broken off halfway. */
const CLOSE_TIMEOUT_MS = 15_000;

/** Builds the room and begins to watch the driver. Call `reconcile()` once hub and proxy are up. */
export function createServers(options: ServersOptions): Servers {
  return new ServersRoom(options);
}

class ServersRoom implements Servers {
  readonly #room: Room;
  readonly #journal: Journal;
  readonly #shelf: Shelf;
  readonly #works: Works;
  readonly #background: Background;
  readonly #culler: Culler;
  readonly #leave = new AbortController();
  readonly #closeProbe: () => Promise<void>;

  constructor(options: ServersOptions) {
    const { store, clock, log, baseUrl } = options;
    const made = createProbe();
    this.#closeProbe = () => made.close();
    const view = options.hostView ?? hostView("");
    const deadlines = new Deadlines(options.policyOf, clock.now());
    const stopOf = deadlines.stopOf.bind(deadlines);
    this.#journal = new Journal({ db: store.db, clock, log, baseUrl, stopOf, owner: randomHex(8) });
    this.#shelf = new Shelf(this.#journal, baseUrl);
    this.#room = {
      ...options,
      awake: options.awake ?? (() => performance.now()),
      probe: options.probe ?? made.probe,
      journal: this.#journal,
      queue: new KeyedQueue(),
      ends: new Ends(),
      timings: new Map(),
      folders: new FolderLooks(clock, view.stat),
      hostView: view,
      leaving: this.#leave.signal,
    };
    this.#works = new Works(this.#room);
    this.#background = new Background(this.#room, this.#works, options.takeOverLeases);
    this.#culler = new Culler(this.#room, this.#works, deadlines);
    this.#background.begin();
  }

  async start(request: StartRequest): Promise<ServerRecord> {
    this.#mustBeOpen();
    return inTurn(this.#room, request, () => beginStart(this.#room, this.#shelf, this.#works, request));
  }

  async stop(request: StopRequest): Promise<ServerRecord> {
    this.#mustBeOpen();
    for (;;) {
      const row = await this.#shelf.find(request);
      if (row === undefined) return neverStarted(await this.#shelf.owner(request.user), this.#room.baseUrl);
      if (isIdle(row.state) || row.state === "stopping") return this.#journal.record(row);
      const message = isStarting(row.state) ? `Start cancelled by ${request.by}` : `Stop requested by ${request.by}`;
      const entry = { state: "stopping", message, progress: 0 } as const;
      try {
        const stopping = await this.#journal.overrule(row, [...STARTING_STATES, "ready"], entry);
        this.#works.stop(stopping, { message: "Stopped" });
        return this.#journal.record(stopping);
      } catch (error) {
        // It has just been stopped, or stopped and started again: look once more.
        if (!(error instanceof Superseded)) throw error;
      }
    }
  }

  async settled(key: ServerKey, wait: { withinMs: number; signal?: AbortSignal }): Promise<Settled> {
    const read = async (): Promise<ServerRecord> => {
      const record = await this.get(key);
      if (record === undefined) throw noServer(key);
      return record;
    };
    return untilSettled(this.#room, key, read, wait);
  }

  async create(
    request: ServerKey & { displayName?: string; options?: Record<string, unknown> },
  ): Promise<ServerRecord> {
    const owner = await this.#shelf.owner(request.user);
    const row = await inTurn(this.#room, request, async () => {
      if (request.server === DEFAULT_SERVER || (await this.#shelf.seek(request)) !== undefined) return undefined;
      await allowOneMore(this.#room, this.#shelf, request, undefined);
      return insertServer(this.#journal.db, {
        owner,
        name: request.server,
        displayName: request.displayName ?? "",
        options: request.options ?? {},
        now: this.#journal.now(),
      });
    });
    if (row === undefined) {
      const which = request.server === DEFAULT_SERVER ? "a default server" : `a server “${request.server}”`;
      throw new HubError("conflict", `${request.user} already has ${which}. Choose another name, or use that one.`);
    }
    this.#journal.announce(row, null);
    return this.#journal.record(row);
  }

  async update(
    key: ServerKey,
    change: { name?: ServerKey["server"]; displayName?: string; options?: Record<string, unknown> },
  ): Promise<ServerRecord> {
    const row = (await this.#shelf.find(key)) ?? (await this.#shelf.findOrInsert(key));
    if (change.name !== undefined && change.name !== row.name) {
      if (row.name === DEFAULT_SERVER || change.name === DEFAULT_SERVER) {
        throw new HubError(
          "bad-request",
          "The default server has no name: it cannot be renamed, and no other can take its place.",
        );
      }
      if ((await findServer(this.#journal.db, key.user, change.name)) !== undefined) {
        throw new HubError("conflict", `${key.user} already has a server “${change.name}”. Choose another name.`);
      }
    }
    const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const changed = await this.#journal.quietly(row, { states: IDLE_STATES, generation: row.generation }, said);
    if (changed === undefined) {
      throw new HubError("server-busy", `${nameText(key)} is active. Stop it before changing it.`);
    }
    return this.#journal.record(changed);
  }

  async remove(request: StopRequest): Promise<void> {
    if (request.server === DEFAULT_SERVER) {
      throw new HubError("bad-request", "The default server cannot be removed. Stop it instead.");
    }
    const row = await this.#shelf.find(request);
    if (row === undefined) throw noServer(request);
    await this.#stopAndDelete(row, request.by);
  }

  async evict(user: UserName, by: string): Promise<void> {
    const owner = await this.#shelf.owner(user);
    const rows = await listServersOf(this.#journal.db, [owner.id]);
    await Promise.all(rows.map((row) => this.#stopAndDelete(row, by)));
  }

  async withFilesOfOthers(users: readonly UserName[]): Promise<readonly UserName[]> {
    const found: UserName[] = [];
    for (const user of users) {
      const owner = await this.#shelf.owner(user);
      if (await holdsFilesOfOther(this.#journal.db, user, owner.id)) found.push(user);
    }
    return found;
  }

  handOverFiles(user: UserName): Promise<void> {
    return forgetFilesOwner(this.#journal.db, user);
  }

  get(key: ServerKey): Promise<ServerRecord | undefined> {
    return this.#shelf.get(key);
  }

  list(user: UserName): Promise<readonly ServerRecord[]> {
    return this.#shelf.list(user);
  }

  listOf(users: readonly UserName[]): Promise<ReadonlyMap<UserName, readonly ServerRecord[]>> {
    return this.#shelf.listOf(users);
  }

  listActive(): Promise<readonly ServerRecord[]> {
    return this.#shelf.listActive();
  }

  running(): Promise<number> {
    return countServersIn(this.#journal.db, ["ready"]);
  }

  async *events(key: ServerKey, options: { afterId?: number; signal: AbortSignal }): AsyncIterable<ServerEvent> {
    const row = await this.#shelf.find(key);
    if (row !== undefined) yield* currentEvents(this.#room, row, options);
  }

  async timeline(key: ServerKey): Promise<readonly ServerEvent[]> {
    const row = await this.#shelf.find(key);
    return row === undefined ? [] : listServerEvents(this.#journal.db, row.id, row.generation);
  }

  async log(key: ServerKey, lines: number): Promise<string> {
    const row = await this.#shelf.find(key);
    if (row === undefined) return "";
    if (isIdle(row.state)) return row.failure?.log ?? "";
    return lastLines(this.#room, row, Math.min(LONGEST_LOG, Math.max(1, Math.floor(lines))));
  }

  async timings(key: ServerKey): Promise<StartTimings | undefined> {
    const row = await this.#shelf.find(key);
    return row === undefined ? undefined : this.#room.timings.get(row.id);
  }

  subscribe(listener: (change: ServerChange) => void): () => void {
    return this.#journal.subscribe(listener);
  }

  async recordActivity(user: UserName, body: unknown): Promise<void> {
    await recordActivity(this.#journal, this.#room.clock, user, body);
  }

  async reconcile(): Promise<void> {
    this.#culler.begin();
    await this.#background.reconcile();
  }

  async checkRoutes(): Promise<void> {
    await this.#background.checkRoutes();
  }

  policyChanged(): void {
    this.#culler.lookAgain();
  }

  async close(): Promise<void> {
    this.#leave.abort(new Leaving("the hub is going"));
    const late = new AbortController();
    const limit = this.#room.clock.sleep(CLOSE_TIMEOUT_MS, late.signal).catch(() => undefined);
    await Promise.race([Promise.all([this.#background.ended(), this.#culler.ended(), this.#room.queue.idle()]), limit]);
    late.abort();
    await this.#closeProbe();
  }

  async #stopAndDelete(row: ServerRow, by: string): Promise<void> {
    const key = { user: row.user, server: row.name };
    await this.stop({ ...key, by });
    const { settled } = await this.settled(key, { withinMs: REMOVE_TIMEOUT_MS });
    const removed =
      settled && (await this.#room.queue.run(queueKey(row), () => removeServer(this.#journal.db, row.id, IDLE_STATES)));
    if (!removed) {
      throw new HubError(
        "server-busy",
        `${nameText(key)} has not stopped yet, so it was not removed. Try again in a moment.`,
      );
    }
    this.#room.timings.delete(row.id);
    this.#journal.announce({ ...row, state: "stopped" }, null, true);
  }

  #mustBeOpen(): void {
    if (this.#leave.signal.aborted) {
      throw new HubError("hub-unreachable", "The hub is being restarted. Try again in a moment.");
    }
  }
}
