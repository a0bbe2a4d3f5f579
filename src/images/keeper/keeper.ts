/** Keeps the images that servers need on the engine: pulled when their registry answers, else built here. */
import { HubError, messageOf } from "../../kernel/index.ts";
import { untilAborted } from "../until-aborted.ts";
import { JupyterHubFinder, judge } from "./jupyterhub.ts";
import { NotebookMaker } from "./notebook.ts";
import { Obtainer, type Wanted } from "./obtain.ts";
import { Statuses } from "./statuses.ts";
import type { ImageKeeper, ImageKeeperOptions, ReadyImage } from "./types.ts";

interface Work {
  readonly wanted: Wanted;
  readonly promise: Promise<ReadyImage>;
  done: boolean;
}

export function createImageKeeper(options: ImageKeeperOptions): ImageKeeper {
  const { images, log, builtReference } = options;
  const closing = new AbortController();
  const statuses = new Statuses(options.clock);
  /** Under way; with policy `missing` also done, since nothing can change what was found. */
  const works = new Map<string, Work>();
  const obtainer =
    images === undefined
      ? undefined
      : new Obtainer(
          images,
          options,
          statuses,
          new NotebookMaker(images, options, statuses, closing.signal),
          closing.signal,
        );
  const finder =
    images === undefined ? undefined : new JupyterHubFinder(images, options.factsFile, log, closing.signal);

  return {
    async ensure(reference, { signal, policy = "missing", digest } = {}) {
      signal?.throwIfAborted();
      if (obtainer === undefined)
        return { id: "", digests: [], labels: {}, sizeBytes: 0, reference, digest: undefined };
      const wanted = { reference, policy, digest };
      const work = works.get(keyOf(wanted)) ?? begin(obtainer, wanted);
      return signal === undefined ? work.promise : untilAborted(work.promise, signal);
    },
    forget(reference) {
      // Work under way is not thrown away: it ends in what is true.
      for (const [key, { wanted, done }] of works)
        if (done && (wanted.reference === reference || builtReference === reference)) works.delete(key);
    },
    status: (reference) => statuses.get(reference),
    statuses: () => statuses.all(),
    subscribe: (listener) => statuses.subscribe(listener),
    async suits({ id, reference }, { ownCommand, signal }) {
      if (finder === undefined || images === undefined) return undefined;
      const known = finder.known(id);
      if (known !== undefined) return judge(reference, { kind: "known", version: known }, ownCommand);
      const labels = (await images.inspect(id, signal))?.labels ?? {};
      return judge(reference, await finder.find(id, labels, signal), ownCommand);
    },
    jupyterhubOf: ({ id, labels }) => finder?.known(id, labels),
    async close() {
      closing.abort(new HubError("start-cancelled", "The hub is stopping. Start again when it is back."));
      await Promise.allSettled([...works.values()].map(({ promise }) => promise));
      statuses.close();
    },
  };

  function begin(from: Obtainer, wanted: Wanted): Work {
    const key = keyOf(wanted);
    const work: Work = { wanted, done: false, promise: carry(from, wanted) };
    works.set(key, work);
    work.promise.then(
      () => {
        work.done = true;
        if (wanted.policy !== "missing" || wanted.digest !== undefined) works.delete(key);
      },
      () => works.delete(key),
    );
    return work;
  }

  async function carry(from: Obtainer, wanted: Wanted): Promise<ReadyImage> {
    const { reference } = wanted;
    try {
      statuses.enter(reference, "checking", "Looking for the image");
      const { note, ...ready } = await from.obtain(wanted);
      const stands = ready.digest === undefined && ready.reference !== reference;
      const message = stands ? `Ready: ${ready.reference} in its place` : "Ready";
      statuses.enter(reference, "ready", note === undefined ? message : `${message}. ${note}`);
      return ready;
    } catch (error) {
      statuses.enter(reference, "failed", messageOf(error));
      if (!closing.signal.aborted)
        log.warn({ image: reference, ...(error instanceof HubError ? {} : { err: error }) }, messageOf(error));
      throw error;
    }
  }
}

function keyOf({ reference, policy, digest }: Wanted): string {
  return JSON.stringify([reference, policy, digest ?? null]);
}
