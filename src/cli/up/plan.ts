/** What the first stage of `hublet up` found out, as the supervisor, hub and proxy need it. Holds no secret. */
import { z } from "zod";

export const launchPlanSchema = z.object({
  /** Folder of the program, readable for the account that runs it. */
  program: z.string(),
  version: z.string(),
  config: z.string(),
  state: z.string(),
  /** Folder of the hub's own keys. */
  secrets: z.string(),
  /** Where the host's file system is seen; “” where this process sees it itself. */
  hostRoot: z.string(),
  engine: z.object({ kind: z.enum(["podman", "docker", "process"]), why: z.string(), socket: z.string().nullable() }),
  cache: z.string(),
  /** Plain sentences about this host, for the terminal and the admin page. */
  notes: z.array(z.string()),
  /** What this host cannot enforce, in one sentence; the driver says it limit by limit. */
  limitNotes: z.array(z.string()),
  /** Name of the first admin. */
  admin: z.string(),
  listen: z.object({ host: z.string(), port: z.number() }),
  /** Address people type: ends without a slash. */
  address: z.string(),
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  stopServers: z.boolean(),
  startedAs: z.string(),
});
/** The variable by which the first stage hands the plan to the second. */
export const PLAN_VARIABLE = "HUBLET_PLAN";
export type LaunchPlan = z.infer<typeof launchPlanSchema>;

/** Messages of the hub to its supervisor. */
export const childMessageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  /** The one-time link that claims the admin account; shown on the terminal only, never logged. */
  z.object({ kind: z.literal("claim"), name: z.string(), path: z.string(), expiresAt: z.string() }),
  z.object({
    kind: z.literal("image"),
    reference: z.string(),
    state: z.string(),
    message: z.string(),
    fraction: z.number().nullable(),
  }),
  z.object({ kind: z.literal("fatal"), code: z.string(), message: z.string() }),
  /** Registries may be configured otherwise: the engine's own settings are to follow. */
  z.object({ kind: z.literal("registries-changed") }),
  /** Answered with `registry-cleaned`. */
  z.object({ kind: z.literal("clean-registry") }),
  z.object({ kind: z.literal("stopped-servers"), count: z.number(), failed: z.array(z.string()) }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

/** Messages of the supervisor to the hub. */
export const supervisorMessageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("stop"), stopServers: z.boolean() }),
  z.object({
    kind: z.literal("registry-cleaned"),
    /** Why it could not be done. */
    problem: z.string().nullable(),
    note: z.string().nullable(),
  }),
]);
export type SupervisorMessage = z.infer<typeof supervisorMessageSchema>;

/** `127.0.0.1:8000` or `[::1]:8000`, checked by the configuration's schema. */
export function splitListen(listen: string): { host: string; port: number } {
  const at = listen.lastIndexOf(":");
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(listen.slice(at + 1)) };
}

/**
 * The address people type, without a slash at its end.
 * @param publicUrl the configuration's, which wins
 * @param tls the proxy itself speaks HTTPS
 */
export function publicAddress(publicUrl: string | undefined, listen: LaunchPlan["listen"], tls: boolean): string {
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  return (publicUrl ?? `${tls ? "https" : "http"}://${host}:${listen.port}`).replace(/\/$/, "");
}
