/**
 * Stops servers whose time is up. There is no regular look: one timer waits for the nearest deadline. A deadline can come
 * nearer only by a server that becomes ready, or by another policy, and both say so; activity only moves it away, which
 * is found out when the timer ends and costs one more look.
 */
import { isoTime, messageOf } from "../kernel/index.ts";
import { findServerById, listServersIn, type ServerRow, touchServerActivity } from "../store/index.ts";
import { type Deadline, type Deadlines, noteOf, stoppedText } from "./deadlines.ts";
import { untilSettled } from "./follow.ts";
import { Superseded } from "./journal.ts";
import { limited } from "./limited.ts";
import type { Route } from "./ports.ts";
import { nameOf, prefixOf, type Room } from "./room.ts";
import { parseTime } from "./times.ts";
import type { Works } from "./works.ts";

/** Stopped side by side; each is waited for, so that a class that leaves at noon does not take the engine with it. */
const SIDE_BY_SIDE = 4;
/** A stop that takes longer no longer holds up the others. */
const STOP_MS = 120_000;
/** What could not be decided now (the proxy is away) is looked at again then. */
const AGAIN_MS = 30_000;
/** More than this between the clock and the time that the host was awake: it slept, or somebody set the clock. */
const GAP_MS = 60_000;
/** Timers of Node end at once beyond 24 days. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

type Routes = ReadonlyMap<string, Route>;

export class Culler {
  readonly #room: Room;
  readonly #works: Works;
  readonly #deadlines: Deadlines;
  #wakeAt = Number.POSITIVE_INFINITY;
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  /** Clock less time awake, at the last look. */
  #offset: number;

  constructor(room: Room, works: Works, deadlines: Deadlines) {
    this.#room = room;
    this.#works = works;
    this.#deadlines = deadlines;
    this.#offset = room.clock.now() - room.awake();
  }

  /** Begins to wait; what runs already is looked at first. */
  begin(): void {
    if (this.#running !== undefined) return;
    this.#room.journal.subscribe(({ server, removed }) => {
      if (!removed && server.ready && server.stopsAt !== null) this.#arm(Date.parse(server.stopsAt));
    });
    this.#running = this.#loop();
    this.lookAgain();
  }

  /** Policies may have changed: every deadline is worked out anew. */
  lookAgain(): void {
    this.#arm(this.#room.clock.now());
  }

  /** Resolves once the hub is leaving and the last look has ended. */
  async ended(): Promise<void> {
    await this.#running;
  }

  #arm(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    this.#wake.abort();
  }

  async #loop(): Promise<void> {
    const { clock, leaving, log } = this.#room;
    while (!leaving.aborted) {
      this.#wake = new AbortController();
      const wait = this.#wakeAt - clock.now();
      if (wait > 0) {
        const signal = AbortSignal.any([this.#wake.signal, leaving]);
        await clock.sleep(Math.min(wait, LONGEST_SLEEP_MS), signal).catch(() => undefined);
        continue;
      }
      // Forgotten before the look, so that what is armed meanwhile counts.
      this.#wakeAt = Number.POSITIVE_INFINITY;
      try {
        this.#arm(Math.max(await this.#look(), clock.now() + 1000));
      } catch (error) {
        if (leaving.aborted) return;
        log.warn({ reason: messageOf(error) }, "servers whose time is up could not be looked at yet");
        this.#arm(clock.now() + AGAIN_MS);
      }
    }
  }

  #noticeSleep(now: number): void {
    const before = this.#offset;
    this.#offset = now - this.#room.awake();
    if (this.#offset - before < GAP_MS) return;
    this.#room.log.info({}, "the host slept or its clock was set: servers have time to report what they do");
    this.#deadlines.beginAnew(now);
  }

  /** Stops what is due. @returns when the next is, milliseconds since the epoch */
  async #look(): Promise<number> {
    const { journal, clock } = this.#room;
    const now = clock.now();
    this.#noticeSleep(now);
    // One that nobody has looked at since the hub began says so when it was, and is armed by that.
    const ready = (await listServersIn(journal.db, ["ready"])).filter((row) => journal.record(row).ready);
    const due: ServerRow[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const row of ready) {
      const deadline = this.#deadlines.of(row);
      if (deadline !== undefined && deadline.at <= now) due.push(row);
      else if (deadline !== undefined) next = Math.min(next, deadline.at);
    }
    if (due.length === 0) return next;
    const routes = await this.#routes();
    await limited(due, SIDE_BY_SIDE, async (row) => {
      next = Math.min(next, await this.#consider(row, routes));
    });
    return next;
  }

  /** Undefined: the proxy is away. */
  async #routes(): Promise<Routes | undefined> {
    try {
      return await this.#room.routes.list(this.#room.leaving);
    } catch (error) {
      this.#room.log.warn({ reason: messageOf(error) }, "idle servers are spared while the proxy does not answer");
      return undefined;
    }
  }

  /** @returns when to look at this server again */
  async #consider({ id, generation }: ServerRow, routes: Routes | undefined): Promise<number> {
    const { journal, clock, leaving } = this.#room;
    const row = await findServerById(journal.db, id);
    if (row === undefined || row.generation !== generation || leaving.aborted) return Number.POSITIVE_INFINITY;
    const current = await this.#withActivity(row, routes);
    const deadline = this.#deadlines.of(current);
    if (deadline === undefined || deadline.at > clock.now()) return deadline?.at ?? Number.POSITIVE_INFINITY;
    // Without the proxy's word nobody knows whether somebody is at work; a lost route is repaired, and begins anew.
    if (deadline.why === "idle" && routes?.has(prefixOf(this.#room, row)) !== true) return clock.now() + AGAIN_MS;
    await this.#stop(current, deadline);
    return Number.POSITIVE_INFINITY;
  }

  /** The row with what the proxy has seen, however lately. */
  async #withActivity(row: ServerRow, routes: Routes | undefined): Promise<ServerRow> {
    const { journal, clock } = this.#room;
    const seen = parseTime(routes?.get(prefixOf(this.#room, row))?.data.last_activity);
    if (seen === undefined || seen <= Date.parse(row.lastActivity ?? row.since)) return row;
    const at = isoTime(Math.min(seen, clock.now()));
    const servers = new Map([[row.id, at]]);
    await touchServerActivity(journal.db, { userId: row.userId, at, servers, resolutionMs: 0 });
    const current = { ...row, lastActivity: at };
    journal.announce(current, null);
    return current;
  }

  async #stop(row: ServerRow, deadline: Deadline): Promise<void> {
    const { journal, log } = this.#room;
    const note = noteOf(deadline);
    const message = stoppedText(note);
    log.info({ server: nameOf(row), rule: deadline.from, place: deadline.place, by: "idle" }, message);
    try {
      const entry = { state: "stopping", message: message.replace("Stopped", "Stopping"), progress: 0 } as const;
      const stopping = await journal.overrule(row, ["ready"], entry, { note });
      this.#works.stop(stopping, { message, quiet: true });
      const read = async () =>
        journal.record((await findServerById(journal.db, row.id)) ?? { ...row, state: "stopped" });
      await untilSettled(this.#room, { user: row.user, server: row.name }, read, { withinMs: STOP_MS });
    } catch (error) {
      // Somebody has just stopped it.
      if (!(error instanceof Superseded)) throw error;
    }
  }
}
