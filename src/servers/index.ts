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
export { createServers } from "./servers.ts";
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
