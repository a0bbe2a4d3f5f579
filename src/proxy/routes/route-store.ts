import { type Clock, isoTime, messageOf } from "../../kernel/index.ts";
import type { ProxyLog } from "../options.ts";
import type { Route } from "./route.ts";
import { makeRoute, type RouteSettings } from "./route.ts";
import { cleanPath, RouteTable } from "./route-table.ts";
import { RoutesFile } from "./routes-file.ts";

/** Activity reaches the disk this often; the hub reads it from the API, so little is lost. */
const ACTIVITY_SAVE_MS = 60_000;

export interface RouteStoreOptions extends RouteSettings {
  readonly routesFile: string | undefined;
  readonly clock: Clock;
  readonly log: ProxyLog;
}

/** The routes in memory and on disk. */
export class RouteStore {
  readonly table = new RouteTable();
  readonly #options: RouteStoreOptions;
  readonly #file: RoutesFile | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RouteStoreOptions) {
    this.#options = options;
    this.#file =
      options.routesFile === undefined
        ? undefined
        : new RoutesFile(options.routesFile, () => Object.fromEntries(this.records()), options.log);
  }

  /** Reads the stored routes; to be called once, before listening. */
  async load(): Promise<void> {
    const stored = (await this.#file?.load()) ?? {};
    for (const [path, { last_activity, ...data }] of Object.entries(stored)) {
      const time = typeof last_activity === "string" ? Date.parse(last_activity) : Number.NaN;
      const activity = Number.isFinite(time) ? time : this.#options.clock.now();
      try {
        this.table.set(makeRoute(cleanPath(path), data, activity, this.#options, undefined));
      } catch (error) {
        this.#options.log.error({ path, error: messageOf(error) }, "A stored route cannot be used and was left out.");
      }
    }
    if (this.#file !== undefined) this.#timer = setInterval(() => void this.#file?.save(), ACTIVITY_SAVE_MS).unref();
  }

  /** Adds or replaces a route; resolves when it is on disk. @throws HubError `bad-request` */
  async add(path: string, record: unknown): Promise<void> {
    const clean = cleanPath(path);
    const route = makeRoute(clean, record, this.#options.clock.now(), this.#options, this.table.get(clean));
    this.table.set(route);
    // JupyterHub's tools wait for these words on stdout (contract 7.1).
    this.#options.log.info({ path: clean }, `Route added ${clean} -> ${route.data.target}`);
    await this.#file?.save();
  }

  /** @returns whether there was such a route; resolves when it is gone from the disk too. */
  async remove(path: string): Promise<boolean> {
    const clean = cleanPath(path);
    if (!this.table.delete(clean)) return false;
    this.#options.log.info({ path: clean }, `Route removed ${clean}`);
    await this.#file?.save();
    return true;
  }

  /** Path and record of every route, as the API shows them. */
  *records(): IterableIterator<[string, Readonly<Record<string, unknown>>]> {
    for (const route of this.table.all()) yield [route.path, routeRecord(route)];
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file?.save();
    for (const route of this.table.all()) route.upstream.retire();
  }
}

/** A route as the API shows it. */
export function routeRecord(route: Route): Readonly<Record<string, unknown>> {
  return { ...route.data, last_activity: isoTime(route.lastActivity) };
}
