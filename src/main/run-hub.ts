/** Composition root of the hub: wires the rooms and listens. */
import { dirname, join } from "node:path";
import { pino } from "pino";
import { openAccess } from "../access/index.ts";
import { brokerView } from "../broker/index.ts";
import { type LaunchPlan, publicAddress, readSecret, readStarted, socketUrl, statePaths } from "../cli/index.ts";
import { openLiveConfig } from "../config/index.ts";
import { createHubApp } from "../http/index.ts";
import { buildNotebook, createImageKeeper, isReplaceable, readRecipe } from "../images/index.ts";
import { type ClosingStack, hmac, messageOf, randomHex, Secret, systemClock } from "../kernel/index.ts";
import { createPeople } from "../people/index.ts";
import { readProxySettings } from "../proxy/index.ts";
import { createProxyClient, createServers, homeFolder, REACH_SOCKET } from "../servers/index.ts";
import { createSignIn } from "../signin/index.ts";
import { ensureFact, openStore } from "../store/index.ts";
import { openDriver, openReach } from "./engine.ts";
import { followConfiguration } from "./follow.ts";
import { openImageWork } from "./image-work.ts";
import { Listeners } from "./listeners.ts";
import { refreshRegularly } from "./live.ts";
import { openOwnRegistry } from "./own-registry.ts";
import { personFiles } from "./person-files.ts";
import { prefetch } from "./prefetch.ts";
import { openRegistries } from "./registries.ts";
import { obeySupervisor, stopAll, tell } from "./supervised.ts";

/** The whole product lives below this for now; a deployment prefix comes with the configuration of later versions. */
const BASE_URL = "/";
const PURGE_EVERY_MS = 10 * 60 * 1000;

export interface ServedHub {
  readonly address: string;
  readonly firstAdmin: string | undefined;
  /** The id by which this hub marks what is its own in the engine. */
  readonly hub: string;
}

/**
 * Opens every room and serves; `closing` ends it all in reverse order.
 * @returns the address people type, and the name of the first admin, who has a link and has not used it yet
 * @throws HubError whatever a room refuses; what was opened until then is in `closing`
 */
export async function runHub(plan: LaunchPlan, closing: ClosingStack): Promise<ServedHub> {
  const paths = statePaths(plan.state, plan.secrets);
  const log = pino({
    level: plan.logLevel,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
  });
  const secret = (name: Parameters<typeof readSecret>[1]): Secret => new Secret(readSecret(paths, name));
  const clock = systemClock;
  const started = readStarted(paths, secret("hub.key"));
  const live = closing.add(
    await openLiveConfig({
      file: plan.config,
      state: plan.state,
      environment: process.env,
      listening: plan.listen.host,
      accounts: join(plan.hostRoot, "/etc/passwd"),
      lastGood: paths.appliedConfig,
      started: started.keys,
      clock,
      log,
    }),
  );
  const snapshot = () => live.current();
  const config = () => live.current().config;
  log.level = config().logLevel;

  const url = started.databaseUrl;
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

  const own = await openOwnRegistry({ plan, paths, started: started.keys.registry, config, clock }, closing);
  const registries = openRegistries({ own, snapshot, clock, log }, closing);
  const driver = closing.add(openDriver(plan, paths, hubId));
  await driver.ping(AbortSignal.timeout(20_000));
  const capabilities = await driver.capabilities();
  const images = closing.add(
    createImageKeeper({
      images: driver.images,
      // A container has no package manager: “hublet apply” brings the image.
      build:
        plan.hostRoot === ""
          ? (options) => buildNotebook({ ...options, folders: { write: plan.cache, read: ["/var/cache/hublet"] } })
          : undefined,
      builtReference: (await readRecipe()).settings.reference,
      replaceable: isReplaceable,
      credentialsFor: registries.accounts.credentialsFor,
      digestOf: registries.digestOf,
      factsFile: join(plan.state, "image-facts.json"),
      log,
      clock,
    }),
  );
  const leaving = new AbortController();
  closing.defer(() => leaving.abort());
  const routes = closing.add(
    createProxyClient({ address: socketUrl(paths.proxyApiSocket), token: secret("proxy.token") }),
  );

  const listeners = new Listeners();
  closing.add(listeners);
  const reach = await openReach(driver, paths, listeners, BASE_URL);
  const trials = new Set<string>();
  const servers = closing.add(
    createServers({
      store,
      driver,
      images,
      catalogue: registries.catalogue,
      credentials: access.serverCredentials,
      routes,
      config,
      policyOf: people.policyOf,
      accountOf: (name) => snapshot().accountOf(name),
      hubId,
      baseUrl: BASE_URL,
      hubTarget: socketUrl(paths.hubSocket),
      hubReach: reach,
      gateKey,
      closedPaths: [
        ...[plan.state, plan.cache, plan.config, join(dirname(plan.config), "secrets")],
        ...(plan.hostRoot === "" ? [] : [dirname(plan.config)]),
        ...(plan.engine.socket === null ? [] : [plan.engine.socket]),
      ],
      hostRoot: plan.hostRoot,
      ...(plan.hostRoot === "" || plan.engine.socket === null ? {} : { hostView: brokerView(plan.engine.socket) }),
      takeOverLeases: true,
      trials,
      clock,
      log,
    }),
  );

  const imageWork = await openImageWork(
    {
      ...{ plan, driver, keeper: images, registries, servers, trials, snapshot, clock, log },
      builtReference: (await readRecipe()).settings.reference,
    },
    closing,
  );

  // Settled when the proxy was started, whatever the configuration says meanwhile.
  const secure = readProxySettings(paths.proxySettings, gateKey).tls !== undefined;
  const address = (): string => publicAddress(config().publicUrl, plan.listen, secure);
  const notes = [...new Set([...plan.notes, ...capabilities.notes])];
  const face = await createHubApp({
    access,
    people,
    signIn,
    servers,
    routes,
    images,
    ownRegistry: registries.own,
    catalogue: registries.catalogue,
    ...imageWork,
    config,
    snapshot,
    live,
    enforced: () => ({ memory: capabilities.memoryLimit, cpu: capabilities.cpuLimit }),
    notes: () => notes,
    host: { report: paths.doctorReport, state: plan.state, engineAnswers: (signal) => driver.ping(signal) },
    ...personFiles({
      ...{ driver, servers, archives: paths.archives, clock },
      homeFolder: (user) => homeFolder(config().server.homes, user, snapshot().accountOf(user)),
    }),
    publicAddress: address,
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
  closing.defer(await followConfiguration({ live, known, proxySettings, gateKey, people, fetchImages, clock, log }));
  closing.defer(refreshRegularly(signIn, live, clock));
  closing.defer(
    live.subscribe(({ changed }) => {
      if (changed.some((key) => key.startsWith("registries"))) tell({ kind: "registries-changed" });
    }),
  );

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
    prefetch(config(), images, log, leaving.signal);
  }

  obeySupervisor(closing, () => stopAll(servers, log));
  log.info({ engine: driver.kind, hub: hubId }, "hub ready");
  tell({ kind: "ready" });
  return { address: address(), firstAdmin: claim?.name, hub: hubId };
}
