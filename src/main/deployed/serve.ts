/** The hub in its container: does what the supervisor of `hublet up` does before it starts a hub, then is the hub. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type LaunchPlan,
  launchRecord,
  lockState,
  openStateFolder,
  programVersion,
  publicAddress,
  readSecret,
  splitListen,
  writeStarted,
} from "../../cli/index.ts";
import { type ConfigSnapshot, loadSnapshot } from "../../config/index.ts";
import { ClosingStack, Secret } from "../../kernel/index.ts";
import { proxySettingsOf, writeProxySettings } from "../../proxy/index.ts";
import { runHub } from "../run-hub.ts";
import type { DeployedEnvironment } from "./environment.ts";

/**
 * Serves until SIGTERM.
 * @throws HubError as the rooms do; systemd starts the container again
 */
export async function serveHub(environment: DeployedEnvironment): Promise<void> {
  const paths = openStateFolder(environment.state, environment.secrets);
  const closing = new ClosingStack();
  try {
    closing.add(await lockState(environment.state));
    const snapshot = await loadSnapshot({
      file: environment.config,
      environment: process.env,
      accounts: join(environment.hostRoot, "etc/passwd"),
    });
    const plan = planOf(environment, snapshot);
    mkdirSync(plan.cache, { recursive: true, mode: 0o700 });
    writeProxySettings(paths.proxySettings, proxySettingsOf(snapshot), new Secret(readSecret(paths, "gate.key")));
    writeStarted(paths, snapshot, new Secret(readSecret(paths, "hub.key")), environment.database);
    writeFileSync(paths.launchFile, JSON.stringify(launchRecord(plan)), { mode: 0o600 });
    await runHub(plan, closing);
  } catch (error) {
    await closing.close().catch(() => undefined); // the first failure is the one to report
    throw error;
  }
}

function planOf(environment: DeployedEnvironment, { config }: ConfigSnapshot): LaunchPlan {
  const listen = splitListen(config.listen);
  return {
    program: environment.program,
    version: programVersion(environment.program),
    config: environment.config,
    state: environment.state,
    secrets: environment.secrets,
    hostRoot: environment.hostRoot,
    engine: { kind: "podman", why: "Rootless Podman under systemd", socket: environment.engineSocket },
    cache: join(environment.state, "cache"),
    notes: [],
    limitNotes: [],
    admin: environment.admin,
    listen,
    address: publicAddress(config.publicUrl, listen, config.tls !== undefined),
    logLevel: config.logLevel,
    stopServers: false,
    startedAs: environment.account,
  };
}
