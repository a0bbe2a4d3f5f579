/** Builds of images as jobs: two at once, others wait; each with a record and a log that outlive the hub. */
import { mkdir, rm } from "node:fs/promises";
import type { BuildSpec, BuildView } from "../../contract/index.ts";
import type { EngineImages } from "../../drivers/index.ts";
import { aborted, HubError, isoTime, KeyedQueue, messageOf, randomHex } from "../../kernel/index.ts";
import { type BuildLogFile, openBuildLog, readEndedLog } from "./build-log.ts";
import { checkAsked, notTakenIn, spool } from "./intake.ts";
import { temporaryReference } from "./names.ts";
import type { BuildNews, Builds, BuildsOptions } from "./ports.ts";
import { newBuildId, placesOf, readRecords, trimRecords, writeRecord } from "./records.ts";
import { runSteps } from "./steps.ts";

const AT_ONCE = 2;

interface Job {
  view: BuildView;
  readonly spec: BuildSpec;
  readonly end: AbortController;
  readonly log: BuildLogFile;
  readonly turn: PromiseWithResolvers<void>;
  /** Wakes who follows. */
  changed: PromiseWithResolvers<void>;
  done: Promise<void>;
}

/** Opens the folder; what an earlier process left unfinished is `interrupted`. */
export async function createBuilds(options: BuildsOptions): Promise<Builds> {
  const { folder, clock, log } = options;
  const views = new Map<string, BuildView>();
  const jobs = new Map<string, Job>();
  const waiting: Job[] = [];
  const listeners = new Set<(build: BuildView) => void>();
  const repositories = new KeyedQueue();
  const writes = new KeyedQueue();
  let closed = false;
  let running = 0;
  for (const view of await readRecords(folder)) views.set(view.id, view);
  await settleLeftOnes();

  return {
    async start(spec, context, by) {
      if (options.images === undefined)
        throw new HubError(
          "engine-missing",
          "This hub runs servers without images, so none can be built. Set engine to podman or docker in hublet.yaml.",
        );
      if (closed) throw stopping();
      checkAsked(spec, context, options);
      const id = newBuildId(clock.now(), randomHex(3));
      const places = placesOf(folder, id);
      let job: Job | undefined;
      try {
        await mkdir(places.folder, { mode: 0o700 });
        if (context !== undefined) await spool(context, places.context);
        if (closed) throw stopping();
        job = newJob(id, spec, by);
        await save(job.view);
        enqueue(job, options.images);
        return job.view;
      } catch (error) {
        views.delete(id);
        await job?.log.end();
        await rm(places.folder, { recursive: true, force: true });
        throw notTakenIn(error);
      }
    },
    list: () => [...views.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
    get: find,
    cancel(id, by) {
      const view = find(id);
      jobs.get(id)?.end.abort(new HubError("start-cancelled", `Cancelled by ${by}.`));
      return view;
    },
    follow: (id, signal) => follow(find(id), signal),
    oldestUnderWay() {
      const starts = [...jobs.values()].map(({ view }) => Date.parse(view.startedAt));
      return starts.length === 0 ? undefined : Math.min(...starts);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      for (const job of jobs.values()) job.end.abort(stopping());
      await Promise.allSettled([...jobs.values()].map(({ done }) => done));
      listeners.clear();
    },
  };

  function find(id: string): BuildView {
    const view = views.get(id);
    if (view === undefined)
      throw new HubError("not-found", `There is no build “${id.slice(0, 60)}”. See “hublet image builds”.`);
    return view;
  }

  function newJob(id: string, spec: BuildSpec, by: string): Job {
    const view: BuildView = {
      id,
      name: spec.name,
      kind: spec.release ? "release" : "build",
      state: "queued",
      by,
      startedAt: isoTime(clock.now()),
      endedAt: null,
      references: [],
      version: null,
      imageId: null,
      digest: null,
      message: "Waiting for its turn",
    };
    views.set(id, view);
    return {
      ...{ view, spec, end: new AbortController(), log: openBuildLog(placesOf(folder, id).log) },
      turn: Promise.withResolvers<void>(),
      ...{ changed: Promise.withResolvers<void>(), done: Promise.resolve() },
    };
  }

  /** Begins at once, or when one of those that run has ended. Who is cancelled while waiting has no turn to wait for. */
  function enqueue(job: Job, images: EngineImages): void {
    jobs.set(job.view.id, job);
    waiting.push(job);
    tell(job);
    job.done = Promise.race([job.turn.promise, aborted(job.end.signal)])
      .then(() => run(job, images))
      .catch((error: unknown) => log.warn({ err: error, build: job.view.id }, "a build could not be ended in order"))
      .then(() => {
        const index = waiting.indexOf(job);
        if (index === -1) running -= 1;
        else waiting.splice(index, 1);
        giveTurns();
      });
    giveTurns();
  }

  function giveTurns(): void {
    while (running < AT_ONCE) {
      const job = waiting.shift();
      if (job === undefined) return;
      running += 1;
      job.turn.resolve();
    }
  }

  async function run(job: Job, images: EngineImages): Promise<void> {
    const { view, spec, end, log: lines } = job;
    const { id } = view;
    const places = placesOf(folder, id);
    log.info({ build: id, name: spec.name, by: view.by, kind: view.kind }, "build begins");
    try {
      end.signal.throwIfAborted();
      await runSteps({
        ...options,
        ...{ images, id, spec, context: places.context, signal: end.signal },
        onLine: (line) => lines.add(line),
        change: (change) => update(job, change),
        alone: (repository, work) => repositories.run(repository, work),
      });
      await rm(places.context, { force: true });
      await finish(job, { state: "done", message: doneMessage(job.view, spec, others(job)) });
    } catch (error) {
      await rm(places.context, { force: true });
      await finish(job, failure(error, job));
    }
  }

  async function update(job: Job, change: Partial<BuildView>): Promise<void> {
    const said = job.view.message;
    job.view = { ...job.view, ...change };
    views.set(job.view.id, job.view);
    if (change.message !== undefined && change.message !== said) job.log.add(`== ${change.message}`);
    tell(job);
    await save(job.view);
  }

  async function finish(job: Job, change: Pick<BuildView, "state" | "message">): Promise<void> {
    job.log.add(`== ${change.message}`);
    job.view = { ...job.view, ...change, endedAt: isoTime(clock.now()) };
    const { view } = job;
    views.set(view.id, view);
    log.info({ build: view.id, name: view.name, state: view.state, reason: view.message }, "build ended");
    await job.log.end();
    jobs.delete(view.id);
    tell(job);
    await save(view).catch((error: unknown) => log.warn({ err: error }, "the record of a build could not be written"));
    for (const id of await trimRecords(folder, [...views.values()])) views.delete(id);
  }

  function tell(job: Job): void {
    job.changed.resolve();
    job.changed = Promise.withResolvers<void>();
    for (const listener of listeners) listener(job.view);
  }

  function save(view: BuildView): Promise<void> {
    return writes.run(view.id, () => writeRecord(folder, view));
  }

  function failure(error: unknown, { view, end: { signal } }: Job): Pick<BuildView, "state" | "message"> {
    if (signal.aborted) {
      const state = closed ? "interrupted" : "cancelled";
      return { state, message: messageOf(signal.reason) };
    }
    if (error instanceof HubError) {
      // The name that it has until it passes means nothing to people.
      const message = error.message.replaceAll(temporaryReference(view.id), view.name);
      return { state: "failed", message };
    }
    log.warn({ err: error }, "a build failed unexpectedly");
    return { state: "failed", message: `An unexpected error: ${messageOf(error)}. The hub's log tells more.` };
  }

  /** Builds of the same name that ended while this one was under way. */
  function others(job: Job): BuildView[] {
    const { id, name, startedAt } = job.view;
    return [...views.values()].filter(
      (view) => view.id !== id && view.name === name && view.state === "done" && (view.endedAt ?? "") >= startedAt,
    );
  }

  /** Lines and changes as they come. The end is looked at after the log has been read to its own end. */
  async function* follow(begun: BuildView, signal: AbortSignal): AsyncGenerator<BuildNews> {
    const job = jobs.get(begun.id);
    if (job === undefined) {
      yield { kind: "build", build: find(begun.id) };
      for await (const text of readEndedLog(placesOf(folder, begun.id).log, signal)) yield { kind: "line", text };
      return;
    }
    const lines = job.log.read(signal)[Symbol.asyncIterator]();
    let line = lines.next();
    let shown: BuildView | undefined;
    while (!signal.aborted) {
      const { changed } = job;
      if (shown !== job.view) {
        shown = job.view;
        yield { kind: "build", build: shown };
        continue;
      }
      const news = await Promise.race([line, changed.promise]);
      if (news === undefined) continue;
      if (news.done === true) break;
      yield { kind: "line", text: news.value };
      line = lines.next();
    }
    if (!signal.aborted) yield { kind: "build", build: job.view };
  }

  async function settleLeftOnes(): Promise<void> {
    for (const view of [...views.values()].filter(({ endedAt }) => endedAt === null)) {
      const message = "The hub ended while it was under way. Build again.";
      const ended: BuildView = { ...view, state: "interrupted", endedAt: isoTime(clock.now()), message };
      views.set(view.id, ended);
      await writeRecord(folder, ended);
      await rm(placesOf(folder, view.id).context, { force: true });
      // Nobody waits for it: an engine that does not answer must not keep the hub from starting.
      void options.images?.remove(temporaryReference(view.id)).catch(() => undefined);
    }
    for (const id of await trimRecords(folder, [...views.values()])) views.delete(id);
  }
}

function doneMessage(view: BuildView, spec: BuildSpec, others: readonly BuildView[]): string {
  const names = view.references.join(", ");
  const whyNot = spec.name.startsWith("localhost/")
    ? "names that begin with localhost/ stay on this host"
    : "there is no registry";
  const untold = view.version === null && spec.tags.length === 0;
  const only = untold
    ? " It has no version: neither --probe nor a label says how to ask for it, and no --tag was given."
    : "";
  const words = spec.release
    ? view.digest === null && view.references.some((name) => name.startsWith("localhost/"))
      ? `Tested, and named ${names}. It was not pushed: ${whyNot}.`
      : `Tested and released as ${names}.${only}`
    : `Built as ${names}.`;
  const earlier = others.map(({ id }) => id).join(", ");
  return earlier === ""
    ? words
    : `${words} The names were given to build ${earlier} meanwhile, and are now this one's, which ended last.`;
}

function stopping(): HubError {
  return new HubError("start-cancelled", "The hub is stopping. Build again when it is back.");
}
