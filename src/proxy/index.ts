export type { ProxyArguments } from "./arguments.ts";
export { parseProxyArguments } from "./arguments.ts";
export { inheritedSockets } from "./inherited-sockets.ts";
export type { Listen, ProxyLog, ProxyOptions, PublicHost, RunningProxy, ServedTls } from "./options.ts";
export type { ProxySettings } from "./settings.ts";
export { proxySettingsOf, readProxySettings, writeProxySettings } from "./settings.ts";
export { settingsWritten } from "./settings-awaited.ts";
export { watchProxySettings } from "./settings-watch.ts";
export { startProxy } from "./start.ts";
