/** What “hublet doctor” found on the host, as the command prints it and as the hub shows it to admins. */
import { z } from "zod";

export const findingSchema = z.object({
  /** What is wrong, in a sentence. */
  problem: z.string(),
  /** Why it matters, in a sentence. */
  why: z.string(),
  /** Lines for root's shell, in order, that mend it; empty when a person must decide. */
  fix: z.array(z.string()),
  /** What to do where no command can, or what else to know; may be "". */
  advice: z.string(),
  severity: z.enum(["error", "warning"]),
  /** “hublet doctor --fix” does it. */
  safe: z.boolean(),
});
export type FindingView = z.infer<typeof findingSchema>;

export const checkResultSchema = z.object({
  /** `cgroup-delegation` */
  id: z.string(),
  group: z.string(),
  /** What was looked at, as the end of “checks that …”. */
  title: z.string(),
  outcome: z.enum(["ok", "warning", "error", "unknown", "skipped"]),
  findings: z.array(findingSchema),
  /** Why it is unknown or skipped; or what is worth knowing of what is in order. */
  note: z.string().nullable(),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

/** `run/doctor.json` of the state folder: written by `hublet doctor` and `hublet apply`. Holds no secret. */
export const hostReportSchema = z.object({
  /** ISO 8601, UTC. */
  made: z.string(),
  /** Whether containers were run for it. */
  deep: z.boolean(),
  checks: z.array(checkResultSchema),
});
export type HostReport = z.infer<typeof hostReportSchema>;

/** `GET /hub/api/hublet/doctor`: the host as it is known, worst first. */
export const hostViewSchema = z.object({
  /** What the hub sees by itself, just now. It stands for checks of the same name in the report. */
  live: z.array(checkResultSchema),
  /** The last report of “hublet doctor”; null when there is none that can be read. */
  report: hostReportSchema.nullable(),
  errors: z.number().int(),
  warnings: z.number().int(),
});
export type HostView = z.infer<typeof hostViewSchema>;
