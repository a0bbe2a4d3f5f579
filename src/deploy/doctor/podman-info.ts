/** What `podman info` says, as far as the checks ask. */
import { z } from "zod";
import type { Facts } from "./facts.ts";

const infoSchema = z.object({
  host: z.object({
    networkBackend: z.string().default(""),
    cgroupManager: z.string().default(""),
    cgroupVersion: z.string().default(""),
    ociRuntime: z.object({ name: z.string().default("") }).prefault({}),
  }),
  store: z.object({
    graphDriverName: z.string(),
    graphRoot: z.string(),
    runRoot: z.string().default(""),
    graphOptions: z.record(z.string(), z.unknown()).nullish(),
    graphStatus: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export type PodmanInfo = z.output<typeof infoSchema>;

/** Undefined when Podman did not answer; its words are in the part `podman-error`. */
export function podmanInfo(facts: Facts): PodmanInfo | undefined {
  const text = facts.part("podman-answer") ?? "";
  // Warnings may come before the answer.
  const start = text.indexOf("{");
  if (start === -1) return undefined;
  try {
    return infoSchema.parse(JSON.parse(text.slice(start, text.lastIndexOf("}") + 1)));
  } catch {
    return undefined; // an answer that cannot be read is as good as none: the check of Podman itself says so
  }
}
