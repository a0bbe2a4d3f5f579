/** Which engine a deployment has. */
import type { Host } from "../host/port.ts";
import type { Deployment } from "../model/deployment.ts";
import { recordsOf } from "../plan/records.ts";
import { dockerEngine, dockerOn } from "./docker.ts";
import { podmanEngine } from "./podman.ts";
import type { DeploymentEngine } from "./port.ts";

/** The one that a description is for. */
export function engineFor({
  account,
  records,
  engine,
}: Pick<Deployment, "account" | "records" | "engine">): DeploymentEngine {
  return engine.kind === "podman" ? podmanEngine : dockerEngine({ account, records, socket: engine.socket });
}

/** The one that a host was set up with; Podman where nothing was. @throws HubError `host-unreachable`, `state-unusable` */
export async function engineOn(host: Pick<Host, "readFile">, account: string): Promise<DeploymentEngine> {
  return (await dockerOn(host, account, recordsOf(account))) ?? podmanEngine;
}
