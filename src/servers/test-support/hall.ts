/** A whole hub without its face, of the real rooms: SQLite, processes, credentials, and the proxy behind its API. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../../test/support/databases.ts";
import { openAccess } from "../../access/index.ts";
import { type Config, configSchema, type ServerState } from "../../contract/index.ts";
import { createProcessDriver, type Driver } from "../../drivers/index.ts";
import { type Clock, ClosingStack, DEFAULT_SERVER, Secret, systemClock, userName } from "../../kernel/index.ts";
import { startProxy } from "../../proxy/index.ts";
import { insertUsers, openStore, type Store, type StoreLocation } from "../../store/index.ts";
import {
  createProxyClient,
  createServers,
  directReach,
  type Routes,
  type Servers,
  type ServersOptions,
} from "../index.ts";

import { policyFrom } from "./policy.ts";

export const ALICE = userName("alice");
/** A name that needs escaping everywhere. */
export const CAROL = userName("carol@x y");
export const HUB_ID = "test-hub";
export const alice = { user: ALICE, server: DEFAULT_SERVER } as const;
export const quiet = { debug: noWords, info: noWords, warn: noWords, error: noWords };
const PROXY_TOKEN = new Secret("proxy-token");
export const GATE_KEY = new Secret("gate-key");
const TINY = fileURLToPath(new URL("tiny-server.ts", import.meta.url));

export interface Hall {
  readonly servers: Servers;
  readonly store: Store;
  readonly driver: Driver;
  readonly routes: Routes;
  /** Leaves as a planned restart does. */
  close(): Promise<void>;
}

/** The configuration of these tests: the tiny server, behaving as `manners` say. */
export function hallConfig(manners: readonly string[] = [], more: Record<string, unknown> = {}): Config {
  const { server, ...rest } = more as { server?: Record<string, unknown> };
  return configSchema.parse({
    engine: "process",
    server: {
      command: [process.execPath, TINY, "{port}", "{prefix}", ...manners],
      startTimeout: 20,
      stopGrace: 2,
      ...server,
    },
    ...rest,
  });
}

/** Opens the rooms over the files in `folder`; the proxy's API must listen there. Nobody is reconciled yet. */
export async function openHall(
  folder: string,
  change: (options: ServersOptions) => Partial<ServersOptions> = () => ({}),
  location: StoreLocation = sqliteIn(folder),
): Promise<Hall> {
  const closing = new ClosingStack();
  const store = closing.add(await openStore(location));
  const driver = closing.add(
    createProcessDriver({ hub: HUB_ID, stateFolder: join(folder, "processes"), homes: join(folder, "homes") }),
  );
  const access = closing.add(
    openAccess({
      store,
      clock: systemClock,
      baseUrl: "/",
      key: new Secret("hub-key"),
      gateKey: GATE_KEY,
      groupsOf: () => [],
      sharingOf: () => false,
    }),
  );
  const routes = closing.add(
    createProxyClient({
      address: `http+unix://${encodeURIComponent(apiSocket(folder))}`,
      token: PROXY_TOKEN,
      retryForMs: 2000,
    }),
  );
  let changed: ServersOptions | undefined;
  const options: ServersOptions = {
    store,
    driver,
    images: undefined,
    credentials: access.serverCredentials,
    routes,
    config: () => hallConfig(),
    // Everybody gets what the configuration's `server` says.
    policyOf: () => policyFrom((changed ?? options).config()),
    hubId: HUB_ID,
    baseUrl: "/",
    hubTarget: "http://127.0.0.1:8081",
    hubReach: directReach("http://127.0.0.1:8081", "/"),
    gateKey: GATE_KEY,
    takeOverLeases: true,
    clock: systemClock,
    log: quiet,
  };
  const { clock } = { ...options, ...change(options) };
  // Time that a test passes is time awake.
  changed = { ...options, awake: clock.now, ...change(options) };
  const servers = closing.add(createServers(changed));
  return { servers, store, driver, routes, close: () => closing.close() };
}

/** A folder with a proxy in it and some people; everything that runs there is ended after the test. */
export async function hallFolder(
  t: TestContext,
  { proxy = true, location, clock }: { proxy?: boolean; location?: StoreLocation; clock?: Clock } = {},
): Promise<string> {
  // Registered before the folder is made: hooks run in this order, and the processes are found by files in the folder.
  let folder = "";
  t.after(() => endAll(folder));
  folder = temporaryFolder(t);
  await mkdir(join(folder, "processes"), { recursive: true });
  if (proxy) await openProxy(t, folder, clock);
  const store = await openStore(location ?? sqliteIn(folder));
  const person = { admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: "c" };
  await insertUsers(store.db, [
    { ...person, name: ALICE },
    { ...person, name: CAROL },
  ]);
  await store.close();
  return folder;
}

/** Starts the proxy of `folder`; returns where people reach it, and its end. */
export async function openProxy(
  t: TestContext,
  folder: string,
  clock: Clock = systemClock,
): Promise<{ address: string; close: () => Promise<void> }> {
  const proxy = await startProxy({
    listen: { host: "127.0.0.1", port: 0 },
    api: { socket: apiSocket(folder) },
    authToken: PROXY_TOKEN,
    gateKey: GATE_KEY,
    log: quiet,
    clock,
  });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await proxy.close();
    open = false;
  };
  t.after(close);
  return { address: proxy.address, close };
}

/** A folder and its hall, reconciled. */
export async function newHall(
  t: TestContext,
  change: (options: ServersOptions) => Partial<ServersOptions> = () => ({}),
): Promise<Hall> {
  const hall = await openHall(await hallFolder(t), change);
  t.after(() => hall.close());
  await hall.servers.reconcile();
  return hall;
}

/** Names of the processes that run. */
export async function runningNames(driver: Driver): Promise<readonly string[]> {
  return (await driver.list(HUB_ID)).filter((observed) => observed.running).map((observed) => observed.name);
}

/** Resolves with the first change to `state`. */
export function untilState(servers: Servers, state: ServerState): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = servers.subscribe((change) => {
    if (change.server.state !== state) return;
    off();
    resolve();
  });
  return promise;
}

function sqliteIn(folder: string): StoreLocation {
  return { kind: "sqlite", file: join(folder, "hublet.db") };
}

function apiSocket(folder: string): string {
  return join(folder, "proxy.sock");
}

async function endAll(folder: string): Promise<void> {
  const driver = createProcessDriver({
    hub: HUB_ID,
    stateFolder: join(folder, "processes"),
    homes: join(folder, "homes"),
  });
  for (const { name } of await driver.list(HUB_ID)) await driver.stop(name, { graceSeconds: 0 });
  await driver.close();
}

function noWords(): void {}
