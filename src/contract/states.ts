/** A server's life (`docs/architecture.md`), shared by the hub, the API and the web pages. */
import { z } from "zod";

/** `stopped → queued → preparing → pulling → starting → ready → stopping → stopped`, or `failed`. */
export const SERVER_STATES = [
  "stopped",
  "queued",
  "preparing",
  "pulling",
  "starting",
  "ready",
  "stopping",
  "failed",
] as const;
export const serverStateSchema = z.enum(SERVER_STATES);
export type ServerState = z.infer<typeof serverStateSchema>;

/** States in which a start is under way. */
export const STARTING_STATES: readonly ServerState[] = ["queued", "preparing", "pulling", "starting"];

/** The steps of a start as people see them, in order. */
export const START_STEPS = ["home", "image", "container", "jupyter", "address"] as const;
export const startStepSchema = z.enum(START_STEPS);
export type StartStep = z.infer<typeof startStepSchema>;

/** Why a start failed, in words for the person; `code` is one of the error catalogue. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  /** Last lines of the server's own output, when it died or did not answer. */
  log: z.string().nullable(),
  at: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

/** One event in a server's life: what the progress stream, the timeline and the admin page read. */
export const serverEventSchema = z.object({
  id: z.number().int(),
  at: z.string(),
  state: serverStateSchema,
  step: startStepSchema.nullable(),
  message: z.string(),
  /** 0–100 over the whole start. */
  progress: z.number().int().min(0).max(100),
  bytesDone: z.number().nullable(),
  bytesTotal: z.number().nullable(),
  failure: failureSchema.nullable(),
});
export type ServerEvent = z.infer<typeof serverEventSchema>;
