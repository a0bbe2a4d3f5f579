/** One start, from `queued` to `ready` or `failed`. Runs in the background, one at a time for each server. */
import { STARTING_STATES } from "../contract/index.ts";
import type { LaunchSpec, Running } from "../drivers/index.ts";
import { HubError, messageOf } from "../kernel/index.ts";
import { type ServerRow, touchServerActivity } from "../store/index.ts";
import { Ended, failureOf, LOG_LINES, TooSlow } from "./failures.ts";
import { freePort } from "./free-port.ts";
import { Superseded } from "./journal.ts";
import { launchSpec } from "./launch-spec.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { untilAnswering } from "./readiness.ts";
import { Leaving, nameOf, prefixOf, type Room } from "./room.ts";
import { routeOf } from "./route.ts";
import { checkpoint, FAILED_GRACE_SECONDS, type StartWork } from "./start-work.ts";
import { Stopwatch, timingText } from "./stopwatch.ts";
import { lastLines, tearDown } from "./teardown.ts";
import { Died, endedOf, watchEnd } from "./watch-end.ts";

/** Carries a claimed start through. Never throws: it ends in `ready`, in `failed`, or somebody else has taken over. */
export async function runStart(room: Room, work: StartWork): Promise<void> {
  await guarded(room, work, async (stopwatch) => {
    const prepared = await prepare(room, work, stopwatch);
    const { row, signal, end } = await launch(room, work, prepared, stopwatch);
    try {
      await finish(room, work, row, signal, stopwatch);
    } finally {
      end();
    }
  });
}

/** Goes on with a start whose container a hub process before us has made. */
export async function resumeStart(room: Room, work: StartWork, running: Running): Promise<void> {
  await guarded(room, work, async (stopwatch) => {
    const limit = timeLimit(room, work);
    try {
      const entry = {
        state: "starting",
        step: "jupyter",
        progress: 80,
        message: "The hub is back; still waiting for an answer",
      } as const;
      const { id: engineId, url } = running;
      const row = await room.journal.step(work.row, ["starting"], entry, { engineId, url });
      await finish(room, work, row, limit.signal, stopwatch);
    } finally {
      limit.end();
    }
  });
}

async function guarded(room: Room, work: StartWork, go: (stopwatch: Stopwatch) => Promise<void>): Promise<void> {
  try {
    await go(new Stopwatch(room.clock));
  } catch (error) {
    // A stop has taken over and cleans; or the next hub process goes on; or another hub owns it now.
    if (work.cancelled.aborted || error instanceof Superseded) return;
    if (error instanceof Leaving || room.leaving.aborted) return room.journal.release(work.row);
    await fail(room, work, error);
  }
}

interface Launched {
  readonly row: ServerRow;
  /** Aborted when the time is up, the server ends, a stop comes, or the hub leaves; the reason says which. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

async function launch(room: Room, work: StartWork, prepared: Prepared, stopwatch: Stopwatch): Promise<Launched> {
  checkpoint(room, work);
  const { settings } = work;
  const config = room.config();
  const row = await room.journal.step(
    prepared.row,
    ["preparing", "pulling"],
    {
      state: "starting",
      step: "container",
      progress: 65,
      message: room.driver.kind === "process" ? "Starting the process" : "Starting the container",
    },
    { image: prepared.shown },
  );
  const port = room.driver.kind === "process" ? await freePort() : settings.port;
  const spec = launchSpec({
    user: row.user,
    server: row.name,
    generation: row.generation,
    settings: { ...settings, image: prepared.named },
    image: prepared.image,
    driver: room.driver.kind,
    hubId: room.hubId,
    baseUrl: room.baseUrl,
    publicUrl: config.publicUrl,
    reach: room.hubReach,
    port,
    identity: prepared.identity,
    home: prepared.home,
    mounts: prepared.mounts,
    token: prepared.token,
  });
  const limit = timeLimit(room, work);
  try {
    // The hub's own leaving does not break off a launch: a container half made helps nobody.
    const running = await stopwatch.during("engine", () => startOnEngine(room, prepared, spec, limit.launchSignal));
    const started = await room.journal.step(
      row,
      ["starting"],
      { state: "starting", step: "jupyter", progress: 80, message: "Waiting for the server to answer" },
      { engineId: running.id, url: running.url },
    );
    return { row: started, signal: limit.signal, end: limit.end };
  } catch (error) {
    limit.end();
    throw limit.launchSignal.aborted ? limit.launchSignal.reason : error;
  }
}

/** An image that somebody has removed behind the keeper's back is fetched once more. */
async function startOnEngine(room: Room, prepared: Prepared, spec: LaunchSpec, signal: AbortSignal): Promise<Running> {
  try {
    return await room.driver.start(spec, { signal });
  } catch (error) {
    if (room.images === undefined || !(error instanceof HubError) || error.code !== "image-missing") throw error;
    for (const name of new Set([prepared.named, prepared.image])) room.images.forget(name);
    return room.driver.start({ ...spec, image: await prepared.refetch(signal) }, { signal });
  }
}

/** Waits for the first answer, adds the route, and says ready. */
async function finish(
  room: Room,
  work: StartWork,
  row: ServerRow,
  signal: AbortSignal,
  stopwatch: Stopwatch,
): Promise<void> {
  const url = row.url ?? "";
  const watched = watchEnd(room, row, signal);
  try {
    await stopwatch.during("jupyter", () =>
      untilAnswering(`${url}${prefixOf(room, row)}api`, room.probe, room.clock, watched.signal),
    );
  } catch (error) {
    if (watched.signal.reason instanceof Died) throw await endedOf(room, row);
    throw error;
  } finally {
    watched.end();
  }
  checkpoint(room, work);
  await room.routes.add(routeOf(room, row, url), signal);
  const timings = stopwatch.read();
  room.timings.set(row.id, timings);
  const now = room.journal.now();
  await room.journal.finish(
    row,
    ["starting"],
    { state: "ready", step: "address", progress: 100, message: `Ready after ${timingText(timings)}` },
    { started: now, lastActivity: now },
  );
  room.log.info({ server: nameOf(row), ...timings }, "server ready");
  await touchServerActivity(room.journal.db, { userId: row.userId, at: now, servers: new Map(), resolutionMs: 0 });
}

async function fail(room: Room, work: StartWork, error: unknown): Promise<void> {
  const { row, settings } = work;
  // Not ours any more: whoever holds the lease cleans.
  const current = await room.journal.renew(row.id);
  if (current === undefined || current.generation !== row.generation) return;
  const log = error instanceof Ended ? error.log : await lastLines(room, row, LOG_LINES);
  const failure = failureOf(error, settings, log, room.journal.now());
  const facts = { server: nameOf(row), code: failure.code };
  if (failure.code === "internal") room.log.error({ ...facts, err: error }, "a start failed for an unexpected reason");
  else
    room.log.warn(
      { ...facts, reason: messageOf(error), detail: error instanceof HubError ? error.detail : undefined },
      "a start failed",
    );
  try {
    await tearDown(room, current, FAILED_GRACE_SECONDS);
  } catch (cause) {
    room.log.error({ ...facts, err: cause }, "what a failed start left could not be removed yet");
  }
  try {
    await room.journal.finish(
      row,
      STARTING_STATES,
      { state: "failed", progress: 100, message: failure.message, failure },
      { failure, engineId: null, url: null, tokenId: null, gate: null },
    );
  } catch (cause) {
    if (!(cause instanceof Superseded)) throw cause;
  }
}

function timeLimit(room: Room, work: StartWork): { launchSignal: AbortSignal; signal: AbortSignal; end: () => void } {
  const seconds = work.settings.startTimeout;
  const over = new AbortController();
  const done = new AbortController();
  room.clock.sleep(seconds * 1000, done.signal).then(
    () => over.abort(new TooSlow(seconds)),
    () => undefined,
  );
  const launchSignal = AbortSignal.any([over.signal, work.cancelled]);
  return { launchSignal, signal: AbortSignal.any([launchSignal, room.leaving]), end: () => done.abort() };
}
