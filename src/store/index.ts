export type { Database, DatabaseKind, Store, StoreLocation } from "./open.ts";
export { openStore, redactUrl } from "./open.ts";
export type * from "./tables.ts";
