export { infoAnswer, libpodInfoAnswer } from "./answers.ts";
export type { EngineClient } from "./client.ts";
export { DOCKER, importChanges, PODMAN } from "./dialect.ts";
export { createEngineDriver, type EngineDriverOptions } from "./driver.ts";
export { refused } from "./errors.ts";
export { type EngineFacts, limitNotes } from "./facts.ts";
