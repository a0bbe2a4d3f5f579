export * from "./administration.ts";
export * from "./config.ts";
export * from "./doctor.ts";
export * from "./images.ts";
export * from "./policy.ts";
export * from "./rest.ts";
export * from "./states.ts";
