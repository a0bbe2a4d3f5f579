export { createDockerDriver } from "./docker/index.ts";
export { type EngineDriverOptions, importChanges } from "./engine/index.ts";
export { emptyTar } from "./fill-script.ts";
export type * from "./images-port.ts";
export { HUB_LABEL } from "./labels.ts";
export { createPodmanDriver } from "./podman/index.ts";
export type * from "./port.ts";
export { createProcessDriver } from "./process/index.ts";
