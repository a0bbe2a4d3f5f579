/** What the contract suite needs to know about a driver under test, and how its tests wait and look. */
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import type { Closable } from "../kernel/index.ts";
import type { Driver, DriverEvent, LaunchSpec } from "./port.ts";

/** What the suites of engines need from `test/support/engines.ts`. */
export interface EngineTools {
  startEngine(insecureRegistries: readonly string[]): Promise<Closable & { readonly socketPath: string }>;
  startRegistry(port: number): Promise<Closable & { readonly address: string }>;
  makeRoot(): Promise<Closable & { readonly tarPath: string }>;
}

/** A driver under test with the means to make others like it. */
export interface Subject {
  readonly driver: Driver;
  readonly hub: string;
  /** Makes another driver on the same engine. `socketPath` replaces the engine's own. */
  another(options: { hub?: string; socketPath?: string }): Driver;
  /** A server that runs `script` by a POSIX shell with busybox; unique name. */
  spec(script: string, changes?: Partial<LaunchSpec>): Promise<LaunchSpec>;
  /** The engine's socket; undefined for processes. */
  readonly socketPath: string | undefined;
  /** A name for a volume that nobody else uses; removed at the end. */
  volume(): string;
}

/** A script that runs `prepare`, then serves the folder `$WWW` on `$PORT`; it ends with code 3 when asked to stop. */
export function serving(prepare = ":"): string {
  return [
    'mkdir -p "$WWW" && cd "$WWW" || exit 9',
    "echo alive > alive",
    prepare,
    "trap 'exit 3' TERM INT",
    'busybox httpd -f -p "$LISTEN" -h "$WWW" &',
    "wait",
  ].join("\n");
}

/** The body of `url` once it answers 200. */
export async function fetched(url: string, timeoutMs = 30_000): Promise<string> {
  return await eventually(
    `${url} answers`,
    async () => {
      const answer = await request(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer === undefined) return undefined;
      const text = await answer.body.text();
      return answer.statusCode === 200 ? text : undefined;
    },
    timeoutMs,
  );
}

/** The first defined value of `look`. The limit is far beyond what a loaded machine needs: reaching it is a failure. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await delay(20);
  }
}

export interface Watched {
  readonly events: (DriverEvent | { readonly kind: "gap" })[];
  /** The first event that `wanted` accepts, past or future. */
  find<T extends DriverEvent | { readonly kind: "gap" }>(
    what: string,
    wanted: (event: DriverEvent | { readonly kind: "gap" }) => event is T,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Watches until closed; returns once the stream has begun. */
export async function watching(driver: Driver, hub: string): Promise<Watched> {
  const ending = new AbortController();
  const events: Watched["events"] = [];
  const done = (async () => {
    for await (const event of driver.watch(hub, ending.signal)) events.push(event);
  })();
  await eventually("the watch begins", async () => (events.length > 0 ? true : undefined));
  return {
    events,
    find: (what, wanted) => eventually(what, async () => events.find(wanted)),
    async close() {
      ending.abort();
      await done;
    },
  };
}

export function endOf(name: string): (event: DriverEvent | { readonly kind: "gap" }) => event is DriverEvent {
  return (event): event is DriverEvent => event.kind === "ended" && event.name === name;
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Enough for any start on a busy test machine. */
export function patience(): AbortSignal {
  return AbortSignal.timeout(60_000);
}
