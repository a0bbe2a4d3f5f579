/** A whole hub with its face, of the real rooms: SQLite, sign-in, servers as processes, and the proxy when asked for. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Access, openAccess } from "../../access/index.ts";
import type { LiveConfig } from "../../config/index.ts";
import type { ConfigurationView } from "../../contract/index.ts";
import { createProcessDriver, type EngineImages } from "../../drivers/index.ts";
import { ClosingStack, Secret, systemClock, type UserName } from "../../kernel/index.ts";
import { createPeople, type People, type Person } from "../../people/index.ts";
import { startProxy } from "../../proxy/index.ts";
import { createProxyClient, createServers, directReach, type Servers } from "../../servers/index.ts";
import { createSignIn, type SignIn } from "../../signin/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import { createHubApp, type HubFace, type Listener } from "../index.ts";
import type { HubServices } from "../services.ts";
import { type Answer, Browser, exchange, type Message } from "./browser.ts";
import { noCatalogue } from "./catalogue.ts";
import { type ConfigurationOptions, openConfiguration } from "./configuration.ts";
import { imagesOfHouse } from "./images.ts";
import { webPages } from "./web-pages.ts";

const HUB_ID = "test-house";
export const CLI_TOKEN = "cli-token-of-tests";
export const PASSWORD = "correct horse battery";

export interface House {
  /** Where a report of “hublet doctor” is looked for. */
  readonly hostReport: string;
  /** The configuration's file is watched as in a hub. */
  readonly live: LiveConfig;
  readonly access: Access;
  readonly people: People;
  readonly signIn: SignIn;
  readonly servers: Servers;
  readonly store: Store;
  readonly face: HubFace;
  /** Where people reach the proxy; "" without one. */
  readonly proxy: string;
  /** Where a door listens, `http://…`. */
  origin(door: Listener): string;
  /** Lines of the log, as JSON. */
  readonly log: readonly string[];
  /** Names of those whose files were erased, or archived. */
  readonly erased: readonly UserName[];
  readonly archived: readonly UserName[];
  /** Writes another configuration (as `config` of the options) and waits until it is in effect, or refused. */
  configure(config: Record<string, unknown>): Promise<ConfigurationView>;
  /** Sends by a door; `private` as the proxy forwards it, for a client at 10.0.0.1, unless headers say otherwise. */
  send(method: string, path: string, message?: Sent): Promise<Answer>;
  person(name: string): Promise<Person>;
  /** An Authorization header with a new token; absent scopes inherit. */
  tokenOf(name: string, scopes?: readonly string[]): Promise<{ readonly authorization: string }>;
  /** A browser in which that person is signed in, with the page's `_xsrf`; "" signs nobody in. */
  browserOf(name: string): Promise<Browser>;
}

export interface Sent extends Message {
  readonly door?: Listener;
  /** Straight to the private socket, as the command line does, without what the proxy adds. */
  readonly direct?: boolean;
}

export interface HouseOptions extends ConfigurationOptions {
  /** Start the real proxy, so that servers can become ready. */
  readonly proxy?: boolean;
  /** Images and their changes; none when left out, as processes need none. */
  readonly images?: HubServices["images"];
  /** What people choose images from; nothing when left out. */
  readonly catalogue?: HubServices["catalogue"];
  /** Of an engine beside the processes: what admins look at and build with; none when left out. */
  readonly engineImages?: EngineImages;
}

/** Opens the hub with admin, alice, bob and `carol@x y`; everything is closed after the test. */
export async function openHouse(t: TestContext, options: HouseOptions = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-test-"));
  const closing = new ClosingStack();
  t.after(async () => {
    await closing.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const log: string[] = [];
  const note =
    (level: string) =>
    (facts: object, message: string): void =>
      void log.push(JSON.stringify({ level, ...facts, message }));
  const noted = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const clock = systemClock;
  const { live, configure } = await openConfiguration(folder, closing, options, noted);
  const snapshot = () => live.current();
  const config = () => snapshot().config;
  const gateKey = new Secret("gate-key");
  const store = closing.add(await openStore({ kind: "sqlite", file: join(folder, "hublet.db") }));
  const people = createPeople({ store, clock, snapshot, log: noted });
  const signIn = createSignIn({ store, clock, people, snapshot, key: new Secret("sign-in-key"), log: noted });
  const access = closing.add(
    openAccess({
      store,
      clock,
      baseUrl: "/",
      key: new Secret("hub-key"),
      gateKey,
      groupsOf: (user) => people.groupsOf(user),
      sharingOf: (user) => people.policyOf(user).sharing.value,
    }),
  );
  await people.applyConfiguration();
  live.subscribe(() => people.applyConfiguration());
  await people.add(["admin"], { admin: true });
  await people.add(["alice", "bob", "carol@x y"]);

  const listen = async (door: Listener): Promise<number> => {
    const server = createServer((message, response) => face.handler(door)(message, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const ports = { private: await listen("private"), servers: await listen("servers") };

  const proxyApi = join(folder, "proxy.sock");
  const proxyToken = new Secret("proxy-token");
  const hubTarget = `http://127.0.0.1:${ports.private}`;
  const proxy = options.proxy === true ? await openProxy(closing, { proxyApi, proxyToken, gateKey, hubTarget }) : "";
  mkdirSync(join(folder, "processes"));
  const driver = closing.add(
    createProcessDriver({ hub: HUB_ID, stateFolder: join(folder, "processes"), homes: join(folder, "homes") }),
  );
  const routes = closing.add(
    createProxyClient({
      address: `http+unix://${encodeURIComponent(proxyApi)}`,
      token: proxyToken,
      retryForMs: 2000,
    }),
  );
  const servers = createServers({
    store,
    driver,
    images: undefined,
    credentials: access.serverCredentials,
    routes,
    config,
    policyOf: (user) => people.policyOf(user),
    hubId: HUB_ID,
    baseUrl: "/",
    hubTarget,
    hubReach: directReach(`http://127.0.0.1:${ports.servers}`, "/"),
    gateKey,
    takeOverLeases: true,
    clock,
    log: QUIET,
  });
  closing.defer(people.onStanding(() => servers.policyChanged()));
  closing.defer(async () => {
    await servers.close();
    for (const { name } of await driver.list(HUB_ID)) await driver.stop(name, { graceSeconds: 0 });
  });
  if (options.proxy === true) await servers.reconcile();

  const erased: UserName[] = [];
  const archived: UserName[] = [];
  const face = await createHubApp({
    access,
    people,
    signIn,
    servers,
    routes,
    images: options.images ?? { statuses: () => [], subscribe: () => () => undefined },
    catalogue: options.catalogue ?? noCatalogue,
    ...(await imagesOfHouse(folder, options.engineImages)),
    config,
    snapshot,
    live,
    enforced: () => ({ memory: true, cpu: false }),
    notes: () => ["Disk quotas are not enforced."],
    host: { report: join(folder, "doctor.json"), state: folder, engineAnswers: async () => undefined },
    eraseFiles: async (user) => void erased.push(user),
    archiveFiles: async (user) => {
      archived.push(user);
      return `archives/${user}.tar.gz`;
    },
    publicAddress: () => "http://hub.example.org",
    webRoot: webPages(folder),
    version: "0.0.0-test",
    baseUrl: "/",
    cliToken: new Secret(CLI_TOKEN),
    clock,
    log: noted,
  });
  closing.add(face);

  const origin = (door: Listener): string => `http://127.0.0.1:${ports[door]}`;
  const send: House["send"] = async (method, path, { door = "private", direct = false, ...message } = {}) =>
    exchange(origin(door), method, path, {
      ...message,
      headers:
        door === "private" && !direct ? { "x-forwarded-for": "10.0.0.1", ...message.headers } : (message.headers ?? {}),
    });
  const person: House["person"] = (name) => people.require(name);
  return {
    hostReport: join(folder, "doctor.json"),
    access,
    people,
    signIn,
    servers,
    store,
    face,
    proxy,
    origin,
    log,
    erased,
    archived,
    live,
    configure,
    send,
    person,
    async tokenOf(name, scopes) {
      const { secret } = await access.tokens.create({
        owner: await person(name),
        note: "test",
        ...(scopes === undefined ? {} : { scopes }),
      });
      return { authorization: `token ${secret.reveal()}` };
    },
    async browserOf(name) {
      const browser = new Browser(send);
      if (name === "") return browser;
      const session = await access.sessions.create({
        userId: (await person(name)).id,
        userAgent: "test",
        address: "10.0.0.1",
        days: 14,
      });
      browser.cookies.set("jupyterhub-hub-login", session.cookieValue);
      browser.cookies.set("jupyterhub-session-id", session.sessionId);
      await browser.open("/hub/home");
      return browser;
    },
  };
}

async function openProxy(
  closing: ClosingStack,
  parts: { proxyApi: string; proxyToken: Secret; gateKey: Secret; hubTarget: string },
): Promise<string> {
  const proxy = await startProxy({
    listen: { host: "127.0.0.1", port: 0 },
    api: { socket: parts.proxyApi },
    authToken: parts.proxyToken,
    gateKey: parts.gateKey,
    defaultTarget: parts.hubTarget,
    log: QUIET,
    clock: systemClock,
  });
  closing.defer(() => proxy.close());
  return proxy.address;
}

function noWords(): void {}
const QUIET = { debug: noWords, info: noWords, warn: noWords, error: noWords };
