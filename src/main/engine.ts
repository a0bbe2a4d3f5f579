/** What the hub runs servers on, as the plan of `up` says. */
import type { LaunchPlan, StatePaths } from "../cli/index.ts";
import { createDockerDriver, createPodmanDriver, createProcessDriver, type Driver } from "../drivers/index.ts";
import { HubError } from "../kernel/index.ts";
import { directReach, type HubReach, socketReach } from "../servers/index.ts";
import type { Listeners } from "./listeners.ts";

/** @throws HubError `engine-missing` */
export function openDriver(plan: LaunchPlan, paths: StatePaths, hub: string): Driver {
  const { kind, socket } = plan.engine;
  if (kind === "process") return createProcessDriver({ hub, stateFolder: paths.processes, homes: paths.homes });
  if (socket === null)
    throw new HubError("engine-missing", `No socket of ${kind} is known. Set engineSocket in hublet.yaml.`);
  return kind === "podman"
    ? createPodmanDriver({ socketPath: socket, hub })
    : createDockerDriver({ socketPath: socket, hub });
}

/** How servers on this engine reach the hub's API. @param baseUrl begins and ends with `/` */
export async function openReach(
  driver: Driver,
  paths: StatePaths,
  listeners: Listeners,
  baseUrl: string,
): Promise<HubReach> {
  if (driver.kind !== "process") return socketReach(paths.bridge, baseUrl);
  return directReach(`http://127.0.0.1:${await listeners.onLoopback("servers")}`, baseUrl);
}
