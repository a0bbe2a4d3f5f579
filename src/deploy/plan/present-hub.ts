/** The hub's container as it was applied last, for commands that run beside it or in its place. */
import { join } from "node:path";
import { loadSnapshot } from "../../config/index.ts";
import { HubError } from "../../kernel/index.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import { readConfigFiles } from "../model/config-files.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import { configFolderOf, describeDeployment } from "../model/describe.ts";
import { userctl } from "../steps/as-account.ts";
import { lastLog, unhealthy, waitHealthy } from "../steps/health.ts";
import { HUB, PROXY } from "../steps/hub-program.ts";
import { mainFile, readApplied } from "./earlier.ts";

/** Milliseconds in which the hub must answer again. */
const HEALTH_MS = 120_000;

export interface PresentHub {
  readonly account: HostUser;
  readonly hub: ContainerUnit;
  /** `backup.to` when that is a folder of this host. */
  readonly backupFolder: string | undefined;
}

/** @throws HubError `not-found` where nothing was applied, `account-unusable`, `bad-config` */
export async function presentHub(
  host: Host,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PresentHub> {
  const { current } = await readApplied(host, name);
  const file = join(configFolderOf(name), mainFile(current, name));
  const snapshot = await loadSnapshot({ file, environment });
  const { containers, backupFolder } = describeDeployment({
    snapshot,
    images: { hub: current.images[HUB] ?? "", proxy: current.images[PROXY] ?? "" },
    version: current.version,
    files: await readConfigFiles(snapshot, file),
    inPlace: true,
  });
  const hub = containers.find((container) => container.name === HUB);
  if (hub === undefined) throw new HubError("not-found", `Nothing was applied to ${host.name} yet.`);
  return { account: await needHostAccount(host, name), hub, backupFolder };
}

/**
 * Does something while the hub is away, and starts it again however that ends; proxy and people's servers go on.
 * @throws HubError what `work` throws; `deployment-unhealthy` when the hub does not answer afterwards
 */
export async function withoutHub<T>(
  host: Host,
  account: HostUser,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const run = { host, signal, note: () => undefined };
  await userctl(run, account, ["stop", `${HUB}.service`]);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await startHub(host, account).catch(() => undefined); // the first failure is the one to report
    throw error;
  }
  await startHub(host, account);
  return result;
}

/** Also after Ctrl-C: a hub that stays away is nobody's wish. @throws HubError `deployment-unhealthy`, `command-failed` */
async function startHub(host: Host, account: HostUser): Promise<void> {
  const run = { host, signal: new AbortController().signal, note: () => undefined };
  await userctl(run, account, ["start", `${HUB}.service`]);
  const health = await waitHealthy(run, { deployment: { account: account.name } }, HEALTH_MS);
  if (health.healthy) return;
  throw unhealthy(host, health.problems, "The hub was started again.", await lastLog(host, account));
}
