/** What a host with Docker is asked for beside files. */
import { join } from "node:path";
import type { DockerWish } from "../host/state.ts";
import type { Deployment } from "../model/deployment.ts";
import { projectOf, SECRETS_FOLDER } from "./project.ts";

/** Undefined for a deployment with Podman. */
export function dockerWish({
  engine,
  account,
  records,
  state,
}: Pick<Deployment, "engine" | "account" | "records" | "state">): DockerWish | undefined {
  if (engine.kind !== "docker") return undefined;
  return {
    socket: engine.socket,
    project: projectOf(account),
    secrets: join(records, SECRETS_FOLDER),
    launch: join(state, "run/launch.json"),
  };
}
