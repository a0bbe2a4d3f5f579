import { createEngineDriver, DOCKER, type EngineDriverOptions } from "../engine/index.ts";
import type { Driver } from "../port.ts";
import { readDockerFacts } from "./capabilities.ts";

/** Runs servers in Docker (20.10 or later), each in a bridge network of its own. */
export function createDockerDriver(options: EngineDriverOptions): Driver {
  return createEngineDriver({ kind: "docker", dialect: DOCKER, readFacts: readDockerFacts }, options);
}
