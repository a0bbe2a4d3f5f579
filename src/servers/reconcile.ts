/**
 * Brings the database, the engine and the proxy into agreement after any of them was away (promise 3). What runs and
 * belongs to its row is adopted; what nobody can answer for is cleared; running work is stopped only when its row says
 * `stopping`, or when its person was removed.
 */
import type { Failure, ServerState } from "../contract/index.ts";
import type { Observed } from "../drivers/index.ts";
import { messageOf } from "../kernel/index.ts";
import { findServerById, listServersIn, type ServerRow } from "../store/index.ts";
import { Ended, failureOf, LOG_LINES } from "./failures.ts";
import { settingsOfRow } from "./launch-settings.ts";
import { GENERATION_LABEL } from "./launch-spec.ts";
import { limited } from "./limited.ts";
import type { Route } from "./ports.ts";
import { untilAnswering } from "./readiness.ts";
import { ACTIVE_STATES, IDLE_STATES, isIdle } from "./record.ts";
import { nameOf, prefixOf, type Room } from "./room.ts";
import { routeOf, sameRoute } from "./route.ts";
import { runEnd, runInterrupted, runStop } from "./stop.ts";
import { lastLines } from "./teardown.ts";
import type { Works } from "./works.ts";

/** Servers looked at side by side. */
const SIDE_BY_SIDE = 8;
/** A server that ran before the hub restarted is waited for this long; after that it counts as busy, not as dead. */
const ANSWER_MS = 20_000;

/** One pass. Throws only when engine or database cannot be asked at all. */
export async function reconcileOnce(room: Room, works: Works): Promise<void> {
  const rows = await listServersIn(room.journal.db, ACTIVE_STATES);
  room.journal.setReady(rows.filter((row) => row.state === "ready").map((row) => row.id));
  const seen = new Map((await room.driver.list(room.hubId)).map((observed) => [observed.name, observed]));
  const routes = once(() => room.routes.list(room.leaving));
  await limited(rows, SIDE_BY_SIDE, (row) => checkRow(room, works, row, routes));
  await clearStrangers(room, works, seen);
}

/**
 * The regular look, one question to the engine: servers that should be moving and that nobody moves (no state is a
 * dead end), servers that ended without a word of it reaching us, and leftovers that could not be removed before.
 */
export async function sweep(room: Room, works: Works): Promise<void> {
  const moving: readonly ServerState[] = ACTIVE_STATES.filter((state) => state !== "ready");
  const routes = once(() => room.routes.list(room.leaving));
  await limited(await listServersIn(room.journal.db, moving), SIDE_BY_SIDE, (row) =>
    checkRow(room, works, row, routes),
  );
  const seen = new Map((await room.driver.list(room.hubId)).map((observed) => [observed.name, observed]));
  const ready = await listServersIn(room.journal.db, ["ready"]);
  const missing = ready.filter((row) => seen.get(nameOf(row))?.running !== true && !works.isBusy(row.id));
  await limited(missing, SIDE_BY_SIDE, (row) => works.run(row, () => runEnd(room, row)));
  await clearStrangers(room, works, seen);
}

/** Asked for once in a pass, and only when a server that runs needs it. */
type KnownRoutes = () => Promise<ReadonlyMap<string, Route>>;

async function checkRow(room: Room, works: Works, row: ServerRow, routes: KnownRoutes): Promise<void> {
  // What this process is busy with is true already; what another living one works on is its business.
  if (works.isBusy(row.id) || (row.state !== "ready" && leased(row, room.journal.now()))) return;
  await works.run(row, async () => {
    const current = await findServerById(room.journal.db, row.id);
    if (current === undefined || current.state !== row.state || current.generation !== row.generation) return;
    await checkState(room, works, current, routes);
  });
}

async function checkState(room: Room, works: Works, row: ServerRow, routes: KnownRoutes): Promise<void> {
  switch (row.state) {
    case "queued":
    case "preparing":
    case "pulling":
      return runInterrupted(room, row, interrupted(room));
    case "starting":
      return continueStart(room, works, row);
    case "ready":
      return checkReady(room, row, routes);
    case "stopping":
      return runStop(room, row, { message: "Stopped" });
    case "stopped":
    case "failed":
      return;
  }
}

async function continueStart(room: Room, works: Works, row: ServerRow): Promise<void> {
  const seen = await room.driver.observe(nameOf(row));
  const settings = settingsOfRow(room.config(), room.policyOf(row.user), row.options);
  if (seen?.running === true && ofThisStart(seen, row) && seen.url !== undefined) {
    works.resume(row, settings, { id: seen.id, url: seen.url });
    return;
  }
  const failure =
    // Without an id the engine was not seen to start it: a container that never ran has not died.
    row.engineId !== null && seen !== undefined && !seen.running && ofThisStart(seen, row)
      ? failureOf(new Ended(seen, await lastLines(room, row, LOG_LINES)), settings, "", room.journal.now())
      : interrupted(room);
  await runInterrupted(room, row, failure);
}

async function checkReady(room: Room, row: ServerRow, routes: KnownRoutes): Promise<void> {
  const seen = await room.driver.observe(nameOf(row));
  if (seen?.running !== true || !ofThisStart(seen, row)) {
    if (seen?.running === true) return disown(room, row);
    return runEnd(room, row);
  }
  const url = seen.url ?? row.url ?? "";
  const current =
    url === row.url ? row : await room.journal.quietly(row, { states: ["ready"], generation: row.generation }, { url });
  if (current === undefined) return;
  const patience = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), room.leaving]);
  try {
    await untilAnswering(`${url}${prefixOf(room, current)}api`, room.probe, room.clock, patience);
  } catch {
    if (room.leaving.aborted) return;
    room.log.warn({ server: nameOf(row) }, "a server that runs does not answer; it is left alone");
  }
  const wanted = routeOf(room, current, url);
  // Adding a route counts as activity for the proxy: one that is right is left alone.
  if (!sameRoute(wanted, (await routes()).get(wanted.spec))) await room.routes.add(wanted, room.leaving);
  room.journal.setChecked(current);
}

/** A newer container than the row knows of: the database is older than the engine (restored from a backup). */
async function disown(room: Room, row: ServerRow): Promise<void> {
  room.log.warn(
    { server: nameOf(row) },
    "a running container is newer than its record; it is left alone until Start is pressed",
  );
  const message = "A server of a later start runs that this database does not know; Start replaces it";
  await room.journal.finish(
    row,
    ["ready"],
    { state: "stopped", progress: 100, message },
    { engineId: null, url: null },
  );
}

/** Containers of this hub that no active row answers for. */
async function clearStrangers(room: Room, works: Works, seen: ReadonlyMap<string, Observed>): Promise<void> {
  const active = new Set((await listServersIn(room.journal.db, ACTIVE_STATES)).map(nameOf));
  const idle = new Map((await listServersIn(room.journal.db, IDLE_STATES)).map((row) => [nameOf(row), row]));
  for (const observed of seen.values()) {
    if (active.has(observed.name) || room.trials?.has(observed.name) === true) continue;
    const row = idle.get(observed.name);
    if (row === undefined) {
      // Its person, or its named server, was removed. The volume stays.
      room.log.warn({ server: observed.name }, "a container without a record is removed");
      await remove(room, observed);
    } else if (observed.running && generationOf(observed) > row.generation) {
      room.log.warn(
        { server: observed.name },
        "a running container is newer than its record; it is left alone until Start is pressed",
      );
    } else {
      await works.run(row, async () => {
        const current = await findServerById(room.journal.db, row.id);
        if (current !== undefined && isIdle(current.state)) await remove(room, observed);
      });
    }
  }
}

async function remove(room: Room, observed: Observed): Promise<void> {
  try {
    await room.driver.stop(observed.name, { graceSeconds: room.config().server.stopGrace });
  } catch (error) {
    room.log.warn({ server: observed.name, reason: messageOf(error) }, "a leftover could not be removed yet");
  }
}

function interrupted(room: Room): Failure {
  return {
    code: "start-interrupted",
    message: "The hub was restarted while this server was being started. Nothing is lost: press Start again.",
    log: null,
    at: room.journal.now(),
  };
}

function ofThisStart(seen: Observed, row: ServerRow): boolean {
  return generationOf(seen) === row.generation;
}

function generationOf(seen: Observed): number {
  return Number(seen.labels[GENERATION_LABEL] ?? Number.NaN);
}

/** Also by this process: then the work is just about to begin. */
function leased(row: ServerRow, now: string): boolean {
  return row.leaseOwner !== null && row.leaseUntil !== null && row.leaseUntil >= now;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
