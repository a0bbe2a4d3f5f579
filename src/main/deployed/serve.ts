/** The hub in its container: does what the supervisor of `hublet up` does before it starts a hub, then is the hub. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import {
  keepStarted,
  type LaunchPlan,
  launchRecord,
  lockState,
  openStateFolder,
  programVersion,
  publicAddress,
  readSecret,
  readStarted,
  type StatePaths,
  splitListen,
  writeStarted,
} from "../../cli/index.ts";
import { loadSnapshot } from "../../config/index.ts";
import { ClosingStack, HubError, Secret, systemClock } from "../../kernel/index.ts";
import { proxySettingsOf, readProxySettings, writeProxySettings } from "../../proxy/index.ts";
import { runHub } from "../run-hub.ts";
import type { DeployedEnvironment } from "./environment.ts";

const ENGINES = { podman: "Rootless Podman under systemd", docker: "Docker of this host" } as const;

/** Milliseconds that the broker may take; after them the hub says by itself what it misses. */
const BROKER_MS = 30_000;
const LOOK_MS = 100;

/**
 * Serves until SIGTERM. With mistakes in the files it goes on with the configuration that worked last.
 * @throws HubError as the rooms do; systemd starts the container again
 */
export async function serveHub(environment: DeployedEnvironment): Promise<void> {
  const paths = openStateFolder(environment.state, environment.secrets);
  const closing = new ClosingStack();
  try {
    closing.add(await lockState(environment.state));
    mkdirSync(join(environment.state, "cache"), { recursive: true, mode: 0o700 });
    await settle(environment, paths);
    const plan = planOf(environment, paths);
    await untilAnswering(environment.engineSocket);
    const served = await runHub(plan, closing);
    writeFileSync(paths.launchFile, JSON.stringify({ ...launchRecord(plan), ...served }), { mode: 0o600 });
  } catch (error) {
    await closing.close().catch(() => undefined); // the first failure is the one to report
    throw error;
  }
}

/** Writes what the proxy is started with, and what holds until the next `apply`. */
async function settle(environment: DeployedEnvironment, paths: StatePaths): Promise<void> {
  const hubKey = new Secret(readSecret(paths, "hub.key"));
  const { config: file, hostRoot, settled, database } = environment;
  const accounts = join(hostRoot, "etc/passwd");
  try {
    const snapshot = await loadSnapshot({ file, environment: process.env, accounts });
    if (keepStarted(paths, snapshot, hubKey, settled) && hasProxySettings(paths)) return;
    writeProxySettings(paths.proxySettings, proxySettingsOf(snapshot), new Secret(readSecret(paths, "gate.key")));
    writeStarted(paths, snapshot, hubKey, { databaseUrl: database, settled });
  } catch (error) {
    // The live configuration has its last good copy, and tells the mistakes.
    if (!(error instanceof HubError) || !keepStarted(paths, undefined, hubKey, settled)) throw error;
  }
}

/** False also for those that were sealed with another gate key. */
function hasProxySettings(paths: StatePaths): boolean {
  try {
    readProxySettings(paths.proxySettings, new Secret(readSecret(paths, "gate.key")));
    return true;
  } catch {
    return false; // they are written anew
  }
}

function planOf(environment: DeployedEnvironment, paths: StatePaths): LaunchPlan {
  const { keys } = readStarted(paths, new Secret(readSecret(paths, "hub.key")));
  const listen = splitListen(keys.listen);
  const { tls } = readProxySettings(paths.proxySettings, new Secret(readSecret(paths, "gate.key")));
  return {
    program: environment.program,
    version: programVersion(environment.program),
    config: environment.config,
    state: environment.state,
    secrets: environment.secrets,
    hostRoot: environment.hostRoot,
    engine: { kind: environment.engine, why: ENGINES[environment.engine], socket: environment.engineSocket },
    cache: join(environment.state, "cache"),
    notes: [],
    limitNotes: [],
    admin: environment.admin,
    listen,
    address: publicAddress(undefined, listen, tls !== undefined),
    // Until the configuration is read.
    logLevel: "info",
    stopServers: false,
    startedAs: environment.account,
  };
}

/** The broker is started before; whoever comes too early waits for it, and not for a new start of this container. */
async function untilAnswering(socketPath: string): Promise<void> {
  for (let waited = 0; waited < BROKER_MS; waited += LOOK_MS) {
    if (await answers(socketPath)) return;
    await systemClock.sleep(LOOK_MS);
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
