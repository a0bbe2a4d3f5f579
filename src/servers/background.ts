/** What goes on by itself: following the driver, reconciling after gaps, and a regular look at everything that could be stuck. */
import { messageOf } from "../kernel/index.ts";
import { listServersIn, voidServerLeases } from "../store/index.ts";
import { checkRoutesOnce } from "./check-routes.ts";
import { reconcileOnce, sweep } from "./reconcile.ts";
import { nameOf, type Room } from "./room.ts";
import { runEnd } from "./stop.ts";
import type { Works } from "./works.ts";

/** Lost routes and stuck servers are repaired this often. */
const LOOK_EVERY_MS = 30_000;

export class Background {
  readonly #room: Room;
  readonly #works: Works;
  readonly #takeOver: boolean;
  readonly #running: Promise<void>[] = [];
  #reconciling: Promise<void> | undefined;
  #again = false;
  #began = false;
  #routes: Promise<void> | undefined;

  constructor(room: Room, works: Works, takeOver: boolean) {
    this.#room = room;
    this.#works = works;
    this.#takeOver = takeOver;
  }

  /** Begins to follow the driver. */
  begin(): void {
    const { driver, hubId, clock, log, leaving, ends } = this.#room;
    const follow = ends.follow({
      driver,
      hubId,
      clock,
      log,
      signal: leaving,
      onEnd: (event) => void this.#ended(event.name),
      onGap: () => {
        // The first word of every stream is a gap; before the hub is up it is not for us to begin.
        if (this.#began) void this.reconcile();
      },
    });
    this.#running.push(follow);
  }

  /** One pass after the other, never two at once; a call during a pass asks for one more. */
  async reconcile(): Promise<void> {
    if (!this.#began) {
      this.#began = true;
      this.#running.push(this.#regularly());
    }
    if (this.#reconciling !== undefined) {
      this.#again = true;
      return this.#reconciling;
    }
    this.#reconciling = this.#passes().finally(() => {
      this.#reconciling = undefined;
    });
    return this.#reconciling;
  }

  /** One at a time; callers during a check share its end. */
  async checkRoutes(): Promise<void> {
    this.#routes ??= checkRoutesOnce(this.#room).finally(() => {
      this.#routes = undefined;
    });
    return this.#routes;
  }

  /** Resolves after everything here has ended, once the hub is leaving. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.#running, this.#reconciling, this.#routes]);
  }

  async #passes(): Promise<void> {
    const { log, clock, leaving, journal } = this.#room;
    for (let wait = 500; !leaving.aborted; wait = Math.min(15_000, wait * 2)) {
      try {
        this.#again = false;
        if (this.#takeOver) await voidServerLeases(journal.db, journal.owner);
        await reconcileOnce(this.#room, this.#works);
        if (!this.#again && journal.doubtful === 0) break;
        if (this.#again) wait = 500;
      } catch (error) {
        log.warn({ reason: messageOf(error) }, "servers could not be checked yet; trying again");
      }
      if (!this.#again) await clock.sleep(wait, leaving).catch(() => undefined);
    }
    await this.#tryRoutes();
  }

  async #regularly(): Promise<void> {
    const { clock, leaving, log } = this.#room;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, leaving).catch(() => undefined);
      if (leaving.aborted) return;
      try {
        await sweep(this.#room, this.#works);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, "servers could not be looked after");
      }
      await this.#tryRoutes();
    }
  }

  async #tryRoutes(): Promise<void> {
    if (this.#room.leaving.aborted) return;
    try {
      await this.checkRoutes();
    } catch (error) {
      if (!this.#room.leaving.aborted)
        this.#room.log.warn({ reason: messageOf(error) }, "the proxy's routes could not be checked");
    }
  }

  /** The driver says that a server ended; those that were ready get their end written, the others have somebody who waits. */
  async #ended(name: string): Promise<void> {
    try {
      const row = (await listServersIn(this.#room.journal.db, ["ready"])).find((ready) => nameOf(ready) === name);
      if (row !== undefined) await this.#works.run(row, () => runEnd(this.#room, row));
    } catch (error) {
      this.#room.log.error({ err: error, server: name }, "the end of a server could not be written");
    }
  }
}
