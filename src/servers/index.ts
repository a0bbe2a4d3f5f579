export { homeFolder } from "./homes.ts";
export { launchSettings } from "./launch-settings.ts";
export type {
  HubReach,
  Images,
  IssuedCredentials,
  Log,
  Probe,
  Route,
  Routes,
  ServerCredentials,
  ServerIdentity,
} from "./ports.ts";
export type { ProxyClientOptions } from "./proxy-client.ts";
export { createProxyClient } from "./proxy-client.ts";
export { directReach, REACH_SOCKET, socketReach } from "./reach.ts";
export { createServers } from "./servers.ts";
export type { TrialOptions, TrialRequest } from "./trial.ts";
export { createTrial } from "./trial.ts";
export type {
  GateTicket,
  Pending,
  ServerChange,
  ServerKey,
  ServerRecord,
  Servers,
  ServersOptions,
  Settled,
  StartRequest,
  StartTimings,
  StopRequest,
} from "./types.ts";
