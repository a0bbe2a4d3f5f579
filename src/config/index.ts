export type { Problem } from "./diagnostics.ts";
export type { FirstConfigOptions } from "./first.ts";
export { firstConfig, writeFirstConfig } from "./first.ts";
export { loadConfig, parseConfig } from "./load.ts";
export { configJsonSchema } from "./schema.ts";
