/** One start, from `queued` to `ready` or `failed`. Runs in the background, one at a time for each server. */
import { createServer } from "node:net";
import { STARTING_STATES } from "../contract/index.ts";
import { HubError, messageOf, randomHex, type Secret, volumeName } from "../kernel/index.ts";
import { type ServerRow, touchServerActivity } from "../store/index.ts";
import { Ended, failureOf, LOG_LINES, TooSlow } from "./failures.ts";
import { awaitImage } from "./image-wait.ts";
import { Superseded } from "./journal.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { launchSpec, volumeLabels } from "./launch-spec.ts";
import { untilAnswering } from "./readiness.ts";
import { gateToken, identityOf, Leaving, nameOf, prefixOf, type Room } from "./room.ts";
import { routeOf } from "./route.ts";
import { Stopwatch, timingText } from "./stopwatch.ts";
import { lastLines, tearDown } from "./teardown.ts";

/** A server that never became ready has nothing to save. */
const FAILED_GRACE_SECONDS = 1;

export interface StartWork {
  readonly row: ServerRow;
  readonly settings: LaunchSettings;
  /** Aborted by a stop: leave the cleaning to it. */
  readonly cancelled: AbortSignal;
}

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
export async function resumeStart(room: Room, work: StartWork, url: string): Promise<void> {
  await guarded(room, work, async (stopwatch) => {
    const limit = timeLimit(room, work);
    try {
      const entry = {
        state: "starting",
        step: "jupyter",
        progress: 80,
        message: "The hub is back; still waiting for an answer",
      } as const;
      const row = await room.journal.step(work.row, ["starting"], entry, { url });
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

interface Prepared {
  readonly row: ServerRow;
  readonly token: Secret;
  /** The image that is there to run. */
  readonly image: string;
}

/** Volume, leftovers, credentials and image, side by side. */
async function prepare(room: Room, work: StartWork, stopwatch: Stopwatch): Promise<Prepared> {
  const { settings } = work;
  const row = await room.journal.step(work.row, ["queued"], {
    state: "preparing",
    step: "home",
    progress: 5,
    message: "Preparing the home folder",
  });
  const image = new AbortController();
  const signal = AbortSignal.any([image.signal, work.cancelled, room.leaving]);
  const ready = room.images?.ensure(settings.image, { signal });
  // Its failure is looked at below, after those of the others.
  ready?.catch(() => undefined);
  try {
    const [engine, credentials] = await Promise.allSettled([
      stopwatch.during("engine", () => prepareEngine(room, row)),
      credentialsFor(room, row, settings),
    ]);
    if (engine.status === "rejected") throw engine.reason;
    if (credentials.status === "rejected") throw credentials.reason;
    checkpoint(room, work);
    const after =
      ready === undefined
        ? credentials.value.row
        : await awaitImage(room, credentials.value.row, settings, ready, stopwatch);
    const { reference } = (await ready) ?? { reference: settings.image };
    return { row: after, token: credentials.value.token, image: reference };
  } finally {
    image.abort();
  }
}

async function prepareEngine(room: Room, row: ServerRow): Promise<void> {
  await Promise.all([
    room.driver.ensureVolume(volumeName(row.user), volumeLabels(room.hubId, row.user)),
    clearLeftover(room, row),
  ]);
}

/** A container of an earlier start that still runs is replaced: pressing Start says so. */
async function clearLeftover(room: Room, row: ServerRow): Promise<void> {
  if ((await room.driver.observe(nameOf(row))) === undefined) return;
  room.log.warn({ server: nameOf(row) }, "a leftover of an earlier start is removed");
  await room.driver.stop(nameOf(row), { graceSeconds: FAILED_GRACE_SECONDS });
}

async function credentialsFor(
  room: Room,
  row: ServerRow,
  settings: LaunchSettings,
): Promise<Pick<Prepared, "row" | "token">> {
  const chosen = { image: settings.image, protocol: settings.protocol, profile: settings.profile };
  const save = async (more: { tokenId: number | null; gate: { epoch: string } | null }): Promise<ServerRow> => {
    const guard = { states: ["preparing"] as const, generation: row.generation };
    const saved = await room.journal.quietly(row, guard, { ...chosen, ...more });
    if (saved === undefined) throw new Superseded();
    return saved;
  };
  if (settings.protocol === "http") {
    const epoch = randomHex(8);
    const saved = await save({ tokenId: null, gate: { epoch } });
    return { row: saved, token: gateToken(room.gateKey, row, epoch) };
  }
  const { tokenId, token } = await room.credentials.issue(identityOf(row));
  try {
    return { row: await save({ tokenId, gate: null }), token };
  } catch (error) {
    // Nobody else knows of this token: whoever took over cannot remove it.
    await room.credentials.revoke(identityOf(row));
    throw error;
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
  const row = await room.journal.step(prepared.row, ["preparing", "pulling"], {
    state: "starting",
    step: "container",
    progress: 65,
    message: room.driver.kind === "process" ? "Starting the process" : "Starting the container",
  });
  const port = room.driver.kind === "process" ? await freePort() : settings.port;
  const spec = launchSpec({
    user: row.user,
    server: row.name,
    generation: row.generation,
    settings: { ...settings, image: prepared.image },
    driver: room.driver.kind,
    hubId: room.hubId,
    baseUrl: room.baseUrl,
    publicUrl: config.publicUrl,
    reach: room.hubReach,
    port,
    token: prepared.token,
  });
  const limit = timeLimit(room, work);
  try {
    // The hub's own leaving does not break off a launch: a container half made helps nobody.
    const running = await stopwatch.during("engine", () => room.driver.start(spec, { signal: limit.launchSignal }));
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

/** Stops going on when a stop or the hub's end has come meanwhile. */
function checkpoint(room: Room, work: StartWork): void {
  work.cancelled.throwIfAborted();
  if (room.leaving.aborted) throw new Leaving();
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

class Died extends Error {}

/** How often a server that does not answer yet is looked at, should the engine's word of its end be lost. */
const LOOK_EVERY_MS = 2000;

/** A signal that also aborts (with `Died`) as soon as the server's process is gone. */
function watchEnd(room: Room, row: ServerRow, signal: AbortSignal): { signal: AbortSignal; end: () => void } {
  const died = new AbortController();
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);
  const look = async (): Promise<void> => {
    try {
      const seen = await room.driver.observe(nameOf(row));
      if (seen?.running !== true) died.abort(new Died());
    } catch {
      // The engine is away: that says nothing about the server.
    }
  };
  const looking = async (): Promise<void> => {
    for (;;) {
      await look();
      await room.clock.sleep(LOOK_EVERY_MS, until);
    }
  };
  const off = room.ends.on(nameOf(row), () => void look());
  looking().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, died.signal]),
    end: () => {
      off();
      done.abort();
    },
  };
}

async function endedOf(room: Room, row: ServerRow): Promise<Ended> {
  const observed = await room.driver.observe(nameOf(row)).catch(() => undefined);
  return new Ended(observed, await lastLines(room, row, LOG_LINES));
}

/** A port that nobody uses right now. */
async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => {
      if (address !== null && typeof address === "object") resolve(address.port);
      else reject(new Error("no port"));
    });
  });
  return promise;
}
