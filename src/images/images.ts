/** Keeps the images that servers need on the engine: pulled when their registry answers, else built here. */
import type { ImageStatus } from "../contract/index.ts";
import type { EngineImages, ImageInfo, PullProgress } from "../drivers/index.ts";
import { type Clock, type Closable, HubError, isoTime, messageOf } from "../kernel/index.ts";
import type { BuiltRoot } from "./build.ts";
import type { BuildProgress } from "./build-progress.ts";
import { formatReference, type ImageReference, parseReference } from "./reference.ts";
import { probeRegistry, type RegistryAnswer } from "./registry/probe.ts";
import { untilAborted } from "./until-aborted.ts";

/** What a start is told: run `reference`, which may be another than was asked for. */
export interface ReadyImage extends ImageInfo {
  readonly reference: string;
}

/** The part of a logger that is used here; pino's has it. */
export interface ImageLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface ImageKeeperOptions {
  /** Undefined for a driver without images: everything is ready at once. */
  readonly images: EngineImages | undefined;
  /** Gives the notebook image's root file system, built or from the cache. Undefined: nothing is ever built here. */
  readonly build:
    | ((options: { signal: AbortSignal; onProgress: (progress: BuildProgress) => void }) => Promise<BuiltRoot>)
    | undefined;
  /** Reference of the built image, when it is on the engine already (`localhost/hublet/notebook:DIGEST`). */
  readonly builtReference: string | undefined;
  /** Whether the built image may stand in for `reference`. */
  readonly replaceable: (reference: string) => boolean;
  readonly log: ImageLog;
  readonly clock: Clock;
  /** For tests of slow registries. */
  readonly probe?: (reference: ImageReference, signal: AbortSignal) => Promise<RegistryAnswer>;
}

export interface ImageKeeper extends Closable {
  /**
   * Resolves when the image is on the engine. Calls for one reference share the work; aborting a call ends its wait
   * only. A failed call may be repeated.
   * @throws HubError `image-missing`, `image-pull-failed`, `image-build-failed`, `disk-full`, …; or the signal's reason
   */
  ensure(reference: string, options?: { readonly signal?: AbortSignal }): Promise<ReadyImage>;
  /** Forgets that an image is there: the engine said it is not, or somebody removed it. */
  forget(reference: string): void;
  status(reference: string): ImageStatus | undefined;
  /** Of every reference that was asked for, in the order of asking. */
  statuses(): readonly ImageStatus[];
  /** Calls `listener` with every change; gives the function that ends it. */
  subscribe(listener: (status: ImageStatus) => void): () => void;
}

interface Entry {
  status: ImageStatus;
  /** Under way or done; a failure clears it. */
  work: Promise<ReadyImage> | undefined;
  told: number;
}

/** Listeners hear of bytes at most this often. */
const TELL_MS = 200;

export function createImageKeeper(options: ImageKeeperOptions): ImageKeeper {
  const { images, log, clock, builtReference } = options;
  const entries = new Map<string, Entry>();
  const listeners = new Set<(status: ImageStatus) => void>();
  const closing = new AbortController();
  const probe = options.probe ?? ((reference, signal) => probeRegistry(reference, { signal }));
  let building: Promise<ReadyImage> | undefined;

  return {
    async ensure(reference, { signal } = {}) {
      signal?.throwIfAborted();
      if (images === undefined) return { id: "", digests: [], labels: {}, sizeBytes: 0, reference };
      const entry = entryOf(reference);
      entry.work ??= begin(images, reference, entry);
      return signal === undefined ? entry.work : untilAborted(entry.work, signal);
    },
    forget(reference) {
      // Work under way is not thrown away: it ends in what is true.
      for (const [name, entry] of entries) {
        if ((name === reference || builtReference === reference) && entry.status.state === "ready")
          entry.work = undefined;
      }
    },
    status: (reference) => entries.get(reference)?.status,
    statuses: () => [...entries.values()].map((entry) => entry.status),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort(new HubError("start-cancelled", "The hub is stopping. Start again when it is back."));
      await Promise.allSettled([...entries.values()].map((entry) => entry.work));
      listeners.clear();
    },
  };

  function entryOf(reference: string): Entry {
    const known = entries.get(reference);
    if (known !== undefined) return known;
    const entry: Entry = { status: fresh(reference, "checking", "Looking for the image"), work: undefined, told: 0 };
    entries.set(reference, entry);
    return entry;
  }

  async function begin(engine: EngineImages, reference: string, entry: Entry): Promise<ReadyImage> {
    try {
      tell(entry, fresh(reference, "checking", "Looking for the image"));
      const ready = await obtain(engine, reference, entry);
      const stands = ready.reference !== reference;
      tell(entry, {
        ...fresh(reference, "ready", stands ? `Ready: ${ready.reference} in its place` : "Ready"),
        fraction: 1,
      });
      return ready;
    } catch (error) {
      entry.work = undefined;
      tell(entry, fresh(reference, "failed", messageOf(error)));
      if (!closing.signal.aborted)
        log.warn({ image: reference, ...(error instanceof HubError ? {} : { err: error }) }, messageOf(error));
      throw error;
    }
  }

  async function obtain(engine: EngineImages, reference: string, entry: Entry): Promise<ReadyImage> {
    const { signal } = closing;
    const parsed = parseReference(reference);
    const here = await engine.inspect(reference, signal);
    if (here !== undefined) return { ...here, reference };
    const replaceable = options.replaceable(reference) || reference === builtReference;
    if (replaceable && builtReference !== undefined) {
      // What was built once stays in use: a lab's image does not change because a cable was plugged in.
      const built = await engine.inspect(builtReference, signal);
      if (built !== undefined) return { ...built, reference: builtReference };
    }
    tell(entry, fresh(reference, "checking", `Asking ${parsed.domain} for the image`));
    const answer = await probe(parsed, signal);
    if (answer.answers) {
      try {
        return await pull(engine, reference, entry);
      } catch (error) {
        signal.throwIfAborted();
        if (!replaceable || options.build === undefined) throw error;
        log.warn({ err: error, image: reference }, "pull failed, building the notebook image instead");
      }
    }
    if (!replaceable || options.build === undefined) throw unreachable(parsed, answer);
    log.info({ image: reference, registry: answer.message }, "building the notebook image");
    return buildOnce(engine, options.build, entry);
  }

  async function pull(engine: EngineImages, reference: string, entry: Entry): Promise<ReadyImage> {
    const started = clock.now();
    tell(entry, fresh(reference, "pulling", "Fetching the image"));
    const onProgress = (progress: PullProgress): void => tell(entry, { ...entry.status, ...pulled(progress) });
    const info = await engine.pull(reference, { signal: closing.signal, onProgress });
    log.info({ image: reference, seconds: (clock.now() - started) / 1000 }, "image pulled");
    return { ...info, reference };
  }

  /** Two references may both be replaced by the built image: it is built once, and both show its progress. */
  function buildOnce(
    engine: EngineImages,
    build: NonNullable<ImageKeeperOptions["build"]>,
    entry: Entry,
  ): Promise<ReadyImage> {
    tell(entry, fresh(entry.status.reference, "building", "Building the notebook image from packages"));
    building ??= buildAndImport(engine, build).finally(() => {
      building = undefined;
    });
    return building;
  }

  async function buildAndImport(
    engine: EngineImages,
    build: NonNullable<ImageKeeperOptions["build"]>,
  ): Promise<ReadyImage> {
    const { signal } = closing;
    const started = clock.now();
    const root = await build({ signal, onProgress: (progress) => tellBuilders(built(progress)) });
    const builtAt = clock.now();
    tellBuilders({
      state: "importing",
      message: "Handing the image to the engine",
      fraction: null,
      bytesDone: null,
      bytesTotal: null,
    });
    const info = await engine.importRoot(root.tar, root.settings, { signal });
    const facts = {
      cached: root.cached,
      buildSeconds: (builtAt - started) / 1000,
      importSeconds: (clock.now() - builtAt) / 1000,
    };
    log.info({ image: root.settings.reference, ...facts }, "notebook image is ready");
    return { ...info, reference: root.settings.reference };
  }

  function tellBuilders(change: Partial<ImageStatus>): void {
    for (const entry of entries.values()) {
      if (entry.status.state === "building" || entry.status.state === "importing")
        tell(entry, { ...entry.status, ...change });
    }
  }

  /** Keeps the status and tells listeners; mere progress within a state is told a few times a second. */
  function tell(entry: Entry, status: ImageStatus): void {
    const before = entry.status;
    const changed = before.state !== status.state;
    entry.status = changed ? { ...status, since: isoTime(clock.now()) } : { ...status, since: before.since };
    const now = clock.now();
    if (!changed && now - entry.told < TELL_MS) return;
    entry.told = now;
    for (const listener of listeners) listener(entry.status);
  }

  function fresh(reference: string, state: ImageStatus["state"], message: string): ImageStatus {
    return {
      reference,
      state,
      message,
      fraction: null,
      bytesDone: null,
      bytesTotal: null,
      since: isoTime(clock.now()),
    };
  }
}

function pulled(progress: PullProgress): Partial<ImageStatus> {
  const { bytesDone, bytesTotal, message } = progress;
  const fraction = bytesDone === undefined || !bytesTotal ? null : Math.min(1, bytesDone / bytesTotal);
  return { message, fraction, bytesDone: bytesDone ?? null, bytesTotal: bytesTotal ?? null };
}

function built(progress: BuildProgress): Partial<ImageStatus> {
  const { message, fraction, bytesDone, bytesTotal } = progress;
  return { message, fraction: fraction ?? null, bytesDone: bytesDone ?? null, bytesTotal: bytesTotal ?? null };
}

function unreachable(reference: ImageReference, answer: RegistryAnswer): HubError {
  const name = formatReference(reference);
  if (reference.domain === "localhost") {
    return new HubError(
      "image-missing",
      `The image ${name} is not on this host's engine. Build or load it there, or set another image.`,
    );
  }
  return new HubError(
    "image-pull-failed",
    `The image ${name} is not on this host, and its registry cannot be asked: ${answer.message}. Check the host's network and the image's name, load the image by hand, or set another image.`,
  );
}
