import type { supervise as Supervise } from "./supervisor.ts";

/** `supervise`, whose modules only the second stage of `hublet up` loads: every command loads this file. */
export const supervise: typeof Supervise = async (...given) => (await import("./supervisor.ts")).supervise(...given);
