/** The hub's container as it was applied last, for commands that run beside it or in its place. */
import { join } from "node:path";
import { loadSnapshot } from "../../config/index.ts";
import { HubError } from "../../kernel/index.ts";
import { readCompose } from "../docker/compose-read.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import { engineOn } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import { hubContainer } from "../model/containers.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import { brokerFolder, configFolderOf } from "../model/describe.ts";
import { REGISTRY } from "../model/registry.ts";
import { lastLog, unhealthy, waitHealthy } from "../steps/health.ts";
import { HUB } from "../steps/hub-program.ts";
import { mainFile, readApplied } from "./earlier.ts";
import type { Generation } from "./types.ts";
import { QUADLET_FOLDER } from "./unit-texts.ts";

/** Milliseconds in which the hub must answer again. */
const HEALTH_MS = 120_000;

export interface PresentHub {
  readonly account: HostUser;
  readonly hub: ContainerUnit;
  /** `backup.to` when that is a folder of this host. */
  readonly backupFolder: string | undefined;
}

/**
 * By what was applied, so that a configuration that cannot be read (it may be what is to be restored) is no obstacle.
 * @throws HubError `not-found` where nothing was applied, `account-unusable`
 */
export async function presentHub(
  host: Host,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PresentHub> {
  const { current } = await readApplied(host, name);
  const account = await needHostAccount(host, name);
  const configFolder = configFolderOf(name);
  const configFile = join(configFolder, mainFile(current, name));
  const engine = (await engineOn(host, name)).deployed;
  const places = {
    ...{ account: name, state: join(account.home, "state"), configFolder, configFile, engine },
    ...{ broker: brokerFolder(account.home), skeleton: undefined },
  };
  const ownPostgres = current.images["hublet-postgres"] !== undefined;
  const ownRegistry = current.images[REGISTRY] !== undefined;
  const options = { ownPostgres, ownRegistry, admin: undefined, settled: "" };
  const hub = hubContainer(current.images[HUB] ?? "", places, options);
  return { account, hub, backupFolder: nightlyFolder(current, hub) ?? (await folderOf(configFile, environment)) };
}

/** The one folder that the backup's container has beside the hub's. */
function nightlyFolder({ units }: Generation, hub: ContainerUnit): string | undefined {
  const compose = units[COMPOSE_FILE];
  const volumes =
    compose === undefined
      ? [...(units[unitPath("hublet-backup")] ?? "").matchAll(/^Volume=(.*)$/gm)].map(([, volume = ""]) => volume)
      : (readCompose(compose).services["hublet-backup"]?.volumes ?? []);
  const sources = volumes.map((volume) => /^(\/.*):\1:rw$/.exec(volume)?.[1]).filter((source) => source !== undefined);
  return sources.find((source) => hub.volumes.every((volume) => volume.source !== source));
}

async function folderOf(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const loaded = await loadSnapshot({ file, environment }).catch((error: unknown) => {
    if (error instanceof HubError) return undefined; // the command itself will tell
    throw error;
  });
  const to = loaded?.config.backup?.to;
  return to?.startsWith("/") === true ? to : undefined;
}

function unitPath(container: string): string {
  return `${QUADLET_FOLDER}/${container}.container`;
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
  await (await engineOn(host, account.name)).stop(run, account, HUB);
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
  const engine = await engineOn(host, account.name);
  await engine.start(run, account, HUB);
  const health = await waitHealthy(run, engine, account.name, HEALTH_MS);
  if (health.healthy) return;
  throw unhealthy(host, health.problems, "The hub was started again.", await lastLog(host, engine, account));
}
