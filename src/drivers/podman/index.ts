import { createEngineDriver, type EngineDriverOptions, PODMAN } from "../engine/index.ts";
import type { Driver } from "../port.ts";
import { readPodmanFacts } from "./capabilities.ts";

/** Runs servers in Podman, by its Docker-compatible API (Podman 4.3 or later, rootless by default). */
export function createPodmanDriver(options: EngineDriverOptions): Driver {
  return createEngineDriver({ kind: "podman", dialect: PODMAN, readFacts: readPodmanFacts }, options);
}
