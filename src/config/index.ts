export type { Problem } from "./diagnostics.ts";
export type { FirstConfigOptions } from "./first.ts";
export { firstConfig, writeFirstConfig } from "./first.ts";
export type { TextOptions } from "./from-text.ts";
export { snapshotFromText } from "./from-text.ts";
export { loadConfig, parseConfig } from "./load.ts";
export { configJsonSchema } from "./schema.ts";
export type { ConfigSnapshot, ConfigSwap, DeclaredPerson, LiveConfig, Place } from "./snapshot.ts";
