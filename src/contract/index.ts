export * from "./config.ts";
export * from "./rest.ts";
export * from "./states.ts";
