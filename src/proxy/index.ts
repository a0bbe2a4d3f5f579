export type { ProxyArguments } from "./arguments.ts";
export { parseProxyArguments } from "./arguments.ts";
export type { Listen, ProxyLog, ProxyOptions, RunningProxy, TlsPair } from "./options.ts";
export type { ProxySettings } from "./settings.ts";
export { readProxySettings, watchProxySettings, writeProxySettings } from "./settings.ts";
export { startProxy } from "./start.ts";
