export type { ProxyArguments } from "./arguments.ts";
export { parseProxyArguments } from "./arguments.ts";
export type { Listen, ProxyLog, ProxyOptions, RunningProxy } from "./options.ts";
export { startProxy } from "./start.ts";
