export { createDockerDriver } from "./docker/index.ts";
export type { EngineDriverOptions } from "./engine/index.ts";
export { HUB_LABEL, READ_ONLY_ROOT_LABEL } from "./labels.ts";
export { createPodmanDriver } from "./podman/index.ts";
export type * from "./port.ts";
export { createProcessDriver, type ProcessDriverOptions } from "./process/index.ts";
