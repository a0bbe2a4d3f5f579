export type { HostView } from "./host-view.ts";
export { hostView, NOBODY } from "./host-view.ts";
export { brokerView } from "./look-client.ts";
export type { AccountOf, BrokerAccount, BrokerPolicy, PolicyPlaces } from "./policy.ts";
export { policyOf, policySchema } from "./policy.ts";
export type { BrokerLog, BrokerOptions } from "./server.ts";
export { startBroker } from "./server.ts";
