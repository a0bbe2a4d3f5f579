export { aborted } from "./aborted.ts";
export type { Clock } from "./clock.ts";
export { isoTime, systemClock } from "./clock.ts";
export type { Closable } from "./closing.ts";
export { ClosingStack } from "./closing.ts";
export type { ErrorCode, HubErrorOptions } from "./errors.ts";
export { CATALOGUE, HubError, isDiskFull, messageOf, systemCode } from "./errors.ts";
export type { GateDemand, GatePass } from "./gate-pass.ts";
export { GATE_COOKIE, gatePassAdmits, gatePassIsAging, readGatePass, signGatePass } from "./gate-pass.ts";
export { KeyedQueue } from "./keyed-queue.ts";
export { HUB_LABEL } from "./labels.ts";
export type { ServerName, UserName } from "./names.ts";
export {
  clientIdName,
  containerName,
  DEFAULT_SERVER,
  escapeName,
  fullServerName,
  namesRegistry,
  possibleName,
  serverClientId,
  serverName,
  serverPrefix,
  trialName,
  urlName,
  userName,
  volumeName,
} from "./names.ts";
export { networkMatcher } from "./networks.ts";
export type { Sealer } from "./sealer.ts";
export { createSealer } from "./sealer.ts";
export { equalInConstantTime, hmac, randomCode, randomHex, Secret, sha256 } from "./secret.ts";
