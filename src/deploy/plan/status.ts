/** How a deployment is, in one look. */
import { join } from "node:path";
import { dockerWish } from "../docker/wish.ts";
import { engineOn } from "../engines/engine-of.ts";
import { findHostAccount } from "../host/find-account.ts";
import type { Host } from "../host/port.ts";
import { readHostState } from "../host/read-state.ts";
import { askHealth, HUB, type HubHealth, PROXY } from "../steps/hub-program.ts";
import { type GenerationLine, listGenerations } from "./generations.ts";
import { recordsOf } from "./records.ts";
import { runningServers } from "./situation.ts";

export interface DeploymentStatus {
  /** What was applied last; undefined when nothing is recorded. */
  readonly generation: GenerationLine | undefined;
  readonly containers: readonly { readonly name: string; readonly image: string; readonly running: boolean }[];
  readonly health: HubHealth;
  /** People's servers that run. */
  readonly servers: number;
}

/** Undefined when the host has no such account. @throws HubError `host-unreachable`, `command-failed` */
export async function deploymentStatus(
  host: Host,
  account: string,
  signal: AbortSignal,
): Promise<DeploymentStatus | undefined> {
  const user = await findHostAccount(host, account);
  if (user === undefined) return undefined;
  const engine = await engineOn(host, account);
  const docker = dockerWish({
    engine: engine.deployed,
    account,
    records: recordsOf(account),
    state: join(user.home, "state"),
  });
  const wish = {
    ...{ account, home: user.home, files: [], folders: [], units: [], docker },
    contents: docker === undefined ? [] : [docker.launch],
  };
  const [state, generations, health] = await Promise.all([
    readHostState(host, wish),
    listGenerations(host, account),
    askHealth({ host, signal, note: () => undefined }, engine, user),
  ]);
  const ours = state.containers.filter(({ name }) => name.startsWith("hublet-"));
  const missing = [HUB, PROXY].filter((name) => !ours.some((container) => container.name === name));
  return {
    generation: generations.find(({ current }) => current),
    containers: [
      ...ours.map(({ name, image, running }) => ({ name, image, running })),
      ...missing.map((name) => ({ name, image: "", running: false })),
    ].toSorted((a, b) => a.name.localeCompare(b.name)),
    health,
    servers: runningServers(state),
  };
}
