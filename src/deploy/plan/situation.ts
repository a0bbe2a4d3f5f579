/** Asks a host for all that planning looks at. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { HUB_LABEL } from "../../kernel/index.ts";
import { COMPOSE_FILE, ENV_FILE } from "../docker/project.ts";
import { dockerWish } from "../docker/wish.ts";
import type { Host } from "../host/port.ts";
import { readHostState } from "../host/read-state.ts";
import type { FileState, HostState, HostStateWish } from "../host/state.ts";
import { hostStepsWish } from "../steps/host/host-steps.ts";
import { registryFiles } from "../steps/registry.ts";
import { readRecords } from "./records.ts";
import { mountedFolders, type Situation, type Target } from "./target.ts";
import { OWN_FILES, readUnits, UNIT_FOLDER, unitFolder } from "./unit-texts.ts";

/** The wrapper of the command line on hosts that have no program of their own. */
export const WRAPPER = "/usr/local/bin/hublet";
/** The engine's socket, through which the hub starts servers. */
export const ENGINE_SOCKET_UNIT = "podman.socket";

/** @throws HubError `host-unreachable`, `command-failed` */
export async function readSituation(host: Host, target: Target): Promise<Situation> {
  const [state, records] = await Promise.all([
    readHostState(host, stateWish(target)),
    readRecords(host, target.deployment.records),
  ]);
  return { state, records };
}

/** What `readHostState` is asked for. */
export function stateWish(target: Target): HostStateWish {
  const { deployment, units } = target;
  const { home, state, configFolder, records } = deployment;
  const ofHost = hostStepsWish(deployment);
  const wished = readUnits(units);
  const docker = dockerWish(deployment);
  const unitFiles = Object.keys(units).map((path) => join(unitFolder(deployment), path));
  const config = target.configuration.map(({ path }) => join(configFolder, path));
  return {
    account: deployment.account,
    home,
    files: unique([
      configFolder,
      ...config.flatMap((path) => foldersDownTo(configFolder, path)),
      ...config,
      ...unitFiles,
      ...wished.sockets.map(({ name }) => enabledLink(home, "sockets", `${name}.socket`)),
      ...wished.timers.map((name) => enabledLink(home, "timers", `${name}.timer`)),
      enabledLink(home, "sockets", ENGINE_SOCKET_UNIT),
      ...deployment.secrets.map(({ name }) => join(state, "secrets", name)),
      ...mountedFolders(target),
      ...registryFiles(target),
      ...(deployment.backupFolder === undefined ? [] : [deployment.backupFolder]),
      WRAPPER,
      ...ofHost.files,
    ]),
    contents: unique([
      ...unitFiles,
      ...(docker === undefined ? [] : [docker.launch, join(records, ENV_FILE), join(records, COMPOSE_FILE)]),
      ...target.configuration.filter(({ secret }) => !secret).map(({ path }) => join(configFolder, path)),
      WRAPPER,
      ...ofHost.contents,
    ]),
    folders: [
      ...(docker === undefined ? OWN_FILES.map(([folder]) => join(home, folder)) : [docker.secrets]),
      configFolder,
    ],
    docker,
    units: unique([
      ...wished.containers.map(({ name }) => `${name}.service`),
      ...wished.sockets.map(({ name }) => `${name}.socket`),
      ...wished.timers.map((name) => `${name}.timer`),
      ENGINE_SOCKET_UNIT,
    ]),
  };
}

/** The link by which systemd starts a unit at boot. */
export function enabledLink(home: string, target: "sockets" | "timers", unit: string): string {
  return join(home, UNIT_FOLDER, `${target}.target.wants`, unit);
}

/** People's servers that run. */
export function runningServers(state: HostState): number {
  return state.containers.filter(({ running, labels }) => running && labels[HUB_LABEL] !== undefined).length;
}

export function sameContent(file: FileState | undefined, content: string | Buffer): boolean {
  return file?.kind === "file" && file.sha256 === createHash("sha256").update(content).digest("hex");
}

/** Folders between `folder` and the file, outermost first. */
export function foldersDownTo(folder: string, file: string): string[] {
  const between = dirname(file);
  return between === folder || between === "/" ? [] : [...foldersDownTo(folder, between), between];
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
