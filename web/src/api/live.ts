/** The event stream of the hub, kept open for the life of the page and folded into what the pages hold. */
import type { QueryClient } from "@tanstack/react-query";
import type {
  BuildView,
  HomeView,
  ImageStatus,
  PeopleView,
  ServerEvent,
  ServerView,
  TimelineView,
} from "../../../src/contract/index.ts";
import type { Api } from "./client.ts";
import { buildIntoList, eventIntoTimeline, serverIntoHome, serverIntoPeople, serverIntoTimeline } from "./fold.ts";
import { keys } from "./keys.ts";

/** Wait before a refused stream is tried again, and the longest such wait. */
const RETRY_FIRST = 1000;
const RETRY_LONGEST = 30_000;
/** Counts and orders of the list of people, and who runs which image, are asked for again this long after the last change. */
const SETTLE = 1500;
/** After being hidden this long (a sleeping laptop), a stream that looks open may be dead. */
const STALE = 60_000;

/** Opens at once; reconnects by itself; what was missed meanwhile is fetched again. */
export class LiveStream {
  readonly #api: Api;
  readonly #cache: QueryClient;
  readonly #user: string;
  readonly #listeners = new Set<() => void>();
  #source: EventSource | undefined;
  #connected = true;
  #wasOpen = false;
  #retry = RETRY_FIRST;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;
  #hiddenSince = 0;

  constructor(api: Api, cache: QueryClient, user: string) {
    this.#api = api;
    this.#cache = cache;
    this.#user = user;
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#open();
  }

  /** Whether changes arrive; for `useSyncExternalStore`. */
  readonly connected = (): boolean => this.#connected;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#settleTimer);
    this.#source?.close();
  }

  #open(): void {
    this.#source?.close();
    const source = new EventSource(this.#api.streamUrl("hublet/events"));
    this.#source = source;
    source.addEventListener("open", () => {
      this.#retry = RETRY_FIRST;
      this.#setConnected(true);
      if (this.#wasOpen) void this.#cache.invalidateQueries();
      this.#wasOpen = true;
    });
    source.addEventListener("error", () => {
      this.#setConnected(false);
      // A dropped connection is retried by the browser; a refused one (signed out, hub restarting) is not.
      if (source.readyState === EventSource.CLOSED) this.#openLater();
    });
    source.addEventListener("home", ({ data }) => this.#onHome(JSON.parse(data) as HomeView));
    source.addEventListener("server", ({ data }) => this.#onServer(JSON.parse(data) as ServerView));
    source.addEventListener("timeline", ({ data }) => this.#onTimeline(JSON.parse(data) as TimelineEvent));
    // Seldom, and it changes lists and counts: everything shown is asked for again.
    source.addEventListener("removed", () => void this.#cache.invalidateQueries());
    // Another configuration may change everything that a page shows: names, choices, groups, one's own rights.
    source.addEventListener("configuration", () => void this.#cache.invalidateQueries());
    source.addEventListener("catalogue", () => void this.#cache.invalidateQueries({ queryKey: keys.anyCatalogue }));
    source.addEventListener("images", ({ data }) => this.#onImages(JSON.parse(data) as ImageStatus[]));
    source.addEventListener("build", ({ data }) => this.#onBuild(JSON.parse(data) as BuildView));
    source.addEventListener("engine-images", () => void this.#cache.invalidateQueries({ queryKey: keys.engineImages }));
  }

  #openLater(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#retry = Math.min(this.#retry * 2, RETRY_LONGEST);
      // No answer at all leaves the session as it is: the stream is tried again either way.
      void this.#api.checkSession().catch(() => undefined);
      this.#open();
    }, this.#retry);
  }

  #onHome(home: HomeView): void {
    this.#cache.setQueryData(keys.home, home);
  }

  #onServer(server: ServerView): void {
    if (server.user === this.#user) {
      this.#cache.setQueryData<HomeView>(keys.home, (home) => home && serverIntoHome(home, server));
    }
    this.#cache.setQueryData<TimelineView>(
      keys.timeline(server.user, server.name),
      (timeline) => timeline && serverIntoTimeline(timeline, server),
    );
    this.#cache.setQueriesData<PeopleView>(
      { queryKey: keys.anyPeople },
      (people) => people && serverIntoPeople(people, server),
    );
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => {
      void this.#cache.invalidateQueries({ queryKey: keys.anyPeople });
      // Who runs an image stands beside it.
      void this.#cache.invalidateQueries({ queryKey: keys.engineImages });
    }, SETTLE);
  }

  #onTimeline({ user, server, event }: TimelineEvent): void {
    this.#cache.setQueryData<TimelineView>(
      keys.timeline(user, server),
      (timeline) => timeline && eventIntoTimeline(timeline, event),
    );
  }

  #onImages(images: ImageStatus[]): void {
    this.#cache.setQueryData<HomeView>(keys.home, (home) => home && { ...home, images });
  }

  #onBuild(build: BuildView): void {
    this.#told<BuildView>(keys.build(build.id), () => build);
    this.#told<BuildView[]>(keys.anyBuild, (builds) => builds && buildIntoList(builds, build));
    // What it made is on this host; of the registry the catalogue's own event tells.
    if (build.endedAt !== null) void this.#cache.invalidateQueries({ queryKey: keys.engineImages });
  }

  /** An answer that is on its way may be older than what was just told, and would be the last word: it is asked for again. */
  #told<Data>(queryKey: readonly string[], fold: (held: Data | undefined) => Data | undefined): void {
    const filter = { queryKey, exact: true };
    if (this.#cache.isFetching(filter) === 0) this.#cache.setQueryData<Data>(queryKey, fold);
    else void this.#cache.cancelQueries(filter).then(() => this.#cache.invalidateQueries(filter));
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener();
  }

  readonly #onVisibility = (): void => {
    if (document.hidden) {
      this.#hiddenSince = Date.now();
      return;
    }
    if (Date.now() - this.#hiddenSince > STALE) this.#open();
  };
}

interface TimelineEvent {
  readonly user: string;
  readonly server: string;
  readonly event: ServerEvent;
}
