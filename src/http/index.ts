export type { HubFace } from "./app.ts";
export { createHubApp } from "./app.ts";
export type { Listener } from "./listener.ts";
export type { HttpLog, HubServices } from "./services.ts";
