/**
 * Composition root of the hub: wires the rooms, listens, and closes everything in reverse order.
 * Its one argument is the launch plan that the supervisor wrote.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Logger, pino } from "pino";
import { openAccess } from "../access/index.ts";
import {
  type ChildMessage,
  type LaunchPlan,
  launchPlanSchema,
  publicAddress,
  readSecret,
  type StatePaths,
  socketUrl,
  statePaths,
  supervisorMessageSchema,
} from "../cli/index.ts";
import { openLiveConfig } from "../config/index.ts";
import { createDockerDriver, createPodmanDriver, createProcessDriver, type Driver } from "../drivers/index.ts";
import { createHubApp } from "../http/index.ts";
import { buildNotebook, createImageKeeper, NOTEBOOK_REPOSITORY, readRecipe } from "../images/index.ts";
import {
  ClosingStack,
  escapeName,
  fullServerName,
  HubError,
  hmac,
  isoTime,
  messageOf,
  randomHex,
  Secret,
  type ServerName,
  systemClock,
  type UserName,
  volumeName,
} from "../kernel/index.ts";
import { createPeople } from "../people/index.ts";
import { readProxySettings } from "../proxy/index.ts";
import {
  createProxyClient,
  createServers,
  directReach,
  type HubReach,
  REACH_SOCKET,
  type Servers,
  socketReach,
} from "../servers/index.ts";
import { createSignIn } from "../signin/index.ts";
import { ensureFact, openStore } from "../store/index.ts";
import { followConfiguration } from "./follow.ts";
import { Listeners } from "./listeners.ts";
import { imagesOf, refreshRegularly } from "./live.ts";

/** The whole product lives below this for now; a deployment prefix comes with the configuration of later versions. */
const BASE_URL = "/";
const PURGE_EVERY_MS = 10 * 60 * 1000;
/** A home folder of some hundred gigabytes on a slow disk. */
const ARCHIVE_MS = 6 * 60 * 60 * 1000;

const closing = new ClosingStack();
try {
  await start(process.argv[2] ?? "");
} catch (error) {
  const message =
    error instanceof HubError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ kind: "fatal", code: error instanceof HubError ? error.code : "internal", message });
  process.stderr.write(`${message}\n`);
  await closing.close().catch(() => undefined); // the first failure is the one to report
  process.exit(1);
}

async function start(planFile: string): Promise<void> {
  const plan = launchPlanSchema.parse(JSON.parse(readFileSync(planFile, "utf8")));
  const paths = statePaths(plan.state);
  const log = pino({
    level: plan.logLevel,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
  });
  const secret = (name: Parameters<typeof readSecret>[1]): Secret => new Secret(readSecret(paths, name));
  const clock = systemClock;
  const live = closing.add(
    openLiveConfig({
      file: plan.config,
      environment: process.env,
      listening: plan.listen.host,
      lastGood: paths.appliedConfig,
      clock,
      log,
    }),
  );
  const snapshot = () => live.current();
  const config = () => live.current().config;
  log.level = config().logLevel;

  const { database } = config();
  const url = typeof database === "string" ? database : snapshot().secret(database).reveal();
  const store = closing.add(
    await openStore(url === "sqlite" ? { kind: "sqlite", file: paths.database } : { kind: "postgres", url }),
  );
  const hubId = await ensureFact(store.db, "hub-id", () => randomHex(6));
  const people = createPeople({ store, clock, snapshot });
  const known = snapshot();
  await people.applyConfiguration();
  const hubKey = secret("hub.key");
  const signIn = createSignIn({
    store,
    clock,
    people,
    snapshot,
    key: new Secret(hmac(hubKey.reveal(), "sign-in")),
    log,
  });
  const gateKey = secret("gate.key");
  const access = closing.add(
    openAccess({
      store,
      clock,
      baseUrl: BASE_URL,
      key: hubKey,
      gateKey,
      groupsOf: people.groupsOf,
      sharingOf: (name) => people.policyOf(name).sharing.value,
      onError: (error) => log.warn({ err: error }, "activity could not be written"),
    }),
  );

  const driver = closing.add(openDriver(plan, paths, hubId));
  await driver.ping(AbortSignal.timeout(20_000));
  const capabilities = await driver.capabilities();
  const images = closing.add(
    createImageKeeper({
      images: driver.images,
      build: (options) => buildNotebook({ ...options, folders: { write: plan.cache, read: ["/var/cache/hublet"] } }),
      builtReference: (await readRecipe()).settings.reference,
      replaceable: isReplaceable,
      log,
      clock,
    }),
  );
  const routes = closing.add(
    createProxyClient({ address: socketUrl(paths.proxyApiSocket), token: secret("proxy.token") }),
  );

  const listeners = new Listeners();
  closing.add(listeners);
  const reach = await openReach(driver, paths, listeners);
  const servers = closing.add(
    createServers({
      store,
      driver,
      images,
      credentials: access.serverCredentials,
      routes,
      config,
      policyOf: people.policyOf,
      hubId,
      baseUrl: BASE_URL,
      hubTarget: socketUrl(paths.hubSocket),
      hubReach: reach,
      gateKey,
      closedPaths: [
        ...[plan.state, plan.cache, plan.config, join(dirname(plan.config), "secrets")],
        ...(plan.engine.socket === null ? [] : [plan.engine.socket]),
      ],
      takeOverLeases: true,
      clock,
      log,
    }),
  );

  // Settled when the proxy was started, whatever the configuration says meanwhile.
  const secure = readProxySettings(paths.proxySettings).tls !== undefined;
  const notes = [...new Set([...plan.notes, ...capabilities.notes])];
  const face = await createHubApp({
    access,
    people,
    signIn,
    servers,
    routes,
    images,
    config,
    snapshot,
    live,
    enforced: () => ({ memory: capabilities.memoryLimit, cpu: capabilities.cpuLimit }),
    notes: () => notes,
    eraseFiles: async (user) => {
      await driver.removeVolume(volumeName(user));
      await servers.handOverFiles(user);
    },
    archiveFiles: async (user) => {
      mkdirSync(paths.archives, { recursive: true, mode: 0o700 });
      const stamp = isoTime(clock.now()).replace(/[:.]/g, "-");
      const file = join(paths.archives, `${escapeName(user)}-${stamp}.tar.gz`);
      try {
        await driver.exportVolume(volumeName(user), file, { signal: AbortSignal.timeout(ARCHIVE_MS) });
        return file;
      } catch (error) {
        // Whoever never started a server has no files: nothing to pack is no failure.
        if (error instanceof HubError && error.code === "not-found") return undefined;
        throw error;
      }
    },
    publicAddress: () => publicAddress(config().publicUrl, plan.listen, secure),
    webRoot: join(plan.program, "web", "dist"),
    version: plan.version,
    baseUrl: BASE_URL,
    cliToken: secret("cli.token"),
    clock,
    log,
  });
  closing.add(face);
  listeners.serve(face);
  await listeners.onSocket("private", paths.hubSocket, 0o600);
  if (driver.kind !== "process") await listeners.onSocket("servers", join(paths.bridge, REACH_SOCKET), 0o666);

  closing.defer(people.onStanding(() => servers.policyChanged()));
  const { proxySettings } = paths;
  closing.defer(await followConfiguration({ live, known, proxySettings, people, fetchImages, clock, log }));
  closing.defer(refreshRegularly(signIn, live, clock));

  const claim = await signIn.bootstrapAdmin(plan.admin);
  if (claim !== undefined)
    tell({
      kind: "claim",
      name: claim.name,
      path: `${BASE_URL}hub/claim?code=${encodeURIComponent(claim.code)}`,
      expiresAt: claim.expiresAt,
    });

  closing.defer(
    images.subscribe((status) =>
      tell({
        kind: "image",
        reference: status.reference,
        state: status.state,
        message: status.message,
        fraction: status.fraction,
      }),
    ),
  );
  // Whoever reads the address can open it at once, also while people's servers are still being checked.
  await servers
    .checkRoutes()
    .catch((error: unknown) => log.warn({ reason: messageOf(error) }, "the proxy's routes could not be checked"));
  // Nobody waits for these: the hub answers meanwhile, and a start that comes early joins the wait for its image.
  void servers.reconcile().catch((error: unknown) => log.error({ err: error }, "the servers could not be checked"));
  fetchImages();
  const purge = setInterval(
    () =>
      void access.purgeExpired().catch((error: unknown) => log.warn({ err: error }, "expired rows were not removed")),
    PURGE_EVERY_MS,
  );
  closing.defer(() => clearInterval(purge));

  function fetchImages(): void {
    for (const reference of imagesOf(config()))
      void images.ensure(reference).catch((error: unknown) => log.error({ image: reference }, messageOf(error)));
  }

  obeySupervisor(async (stopServers) => {
    if (!stopServers) return;
    const active = await servers.listActive();
    const stopped = await Promise.all(active.map(({ user, name }) => stopOne(servers, user, name, log)));
    const failed = active
      .filter((_, index) => stopped[index] !== true)
      .map(({ user, name }) => fullServerName(user, name));
    tell({ kind: "stopped-servers", count: active.length - failed.length, failed });
  });
  log.info({ engine: driver.kind, hub: hubId }, "hub ready");
  tell({ kind: "ready" });
}

/** @returns whether it is stopped now */
async function stopOne(servers: Servers, user: UserName, server: ServerName, log: Logger): Promise<boolean> {
  try {
    await servers.stop({ user, server, by: "hublet up --stop-servers" });
    const settled = await servers.settled({ user, server }, { withinMs: 60_000 });
    return settled.server.state === "stopped" || settled.server.state === "failed";
  } catch (error) {
    log.error({ err: error, user, server }, "a server could not be stopped");
    return false;
  }
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}

/** Ends on the supervisor's word, on signals, and when the supervisor is gone. */
function obeySupervisor(beforeEnd: (stopServers: boolean) => Promise<void>): void {
  let ending = false;
  const end = (stopServers: boolean, exit: boolean): void => {
    if (ending && !exit) return;
    ending = true;
    beforeEnd(stopServers)
      .then(() => (exit ? closing.close() : undefined))
      .catch((error: unknown) => process.stderr.write(`${messageOf(error)}\n`))
      .finally(() => {
        if (exit) process.exit(0);
      });
  };
  process.on("message", (raw) => {
    const message = supervisorMessageSchema.safeParse(raw);
    if (message.success) end(message.data.stopServers, false);
  });
  process.on("SIGTERM", () => end(false, true));
  process.on("SIGINT", () => end(false, true));
  process.on("disconnect", () => end(false, true));
}

function openDriver(plan: LaunchPlan, paths: StatePaths, hub: string): Driver {
  const { kind, socket } = plan.engine;
  if (kind === "process") return createProcessDriver({ hub, stateFolder: paths.processes, homes: paths.homes });
  if (socket === null)
    throw new HubError("engine-missing", `No socket of ${kind} is known. Set engineSocket in hublet.yaml.`);
  return kind === "podman"
    ? createPodmanDriver({ socketPath: socket, hub })
    : createDockerDriver({ socketPath: socket, hub });
}

async function openReach(driver: Driver, paths: StatePaths, listeners: Listeners): Promise<HubReach> {
  if (driver.kind !== "process") return socketReach(paths.bridge, BASE_URL);
  return directReach(`http://127.0.0.1:${await listeners.onLoopback("servers")}`, BASE_URL);
}

/** Only the image nobody chose may be replaced by the one that is built here. */
function isReplaceable(reference: string): boolean {
  return reference.startsWith(NOTEBOOK_REPOSITORY) || reference === "quay.io/jupyter/minimal-notebook:latest";
}
