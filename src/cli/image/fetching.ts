/** Fetches that were asked for, to their ends. */
import { z } from "zod";
import { type ImageStatus, imageStatusSchema } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";

const snapshotSchema = z.object({ images: z.array(imageStatusSchema) });
const PERCENT_STEP = 10;

/**
 * Tells how far the fetches are, until each has ended; Ctrl-C ends the looking, not the fetching.
 * @returns their last statuses. @throws HubError `image-missing` with the words of those that failed, `hub-unreachable`
 */
export async function followFetches(context: CliContext, references: readonly string[]): Promise<ImageStatus[]> {
  const away = new AbortController();
  const interrupt = (): void =>
    away.abort(new HubError("command-failed", "They go on being fetched; the page Images shows how far."));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const told = new Map<string, string>();
  try {
    for await (const { event, data } of context.hub().events("/hublet/events", away.signal)) {
      const statuses = statusesIn(event, data).filter(({ reference }) => references.includes(reference));
      for (const status of statuses) tell(context, told, status);
      const ended = statuses.filter(({ state }) => state === "ready" || state === "failed");
      if (ended.length === new Set(references).size) return endOf(ended);
    }
    throw new HubError("hub-unreachable", "The hub ended meanwhile. Start it again, and fetch them again.");
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  }
}

function statusesIn(event: string, data: unknown): readonly ImageStatus[] {
  if (event === "home") return snapshotSchema.parse(data).images;
  return event === "images" ? z.array(imageStatusSchema).parse(data) : [];
}

/** A line for each state, and for each tenth of the bytes. */
function tell(
  context: CliContext,
  told: Map<string, string>,
  { reference, state, message, fraction }: ImageStatus,
): void {
  const percent = fraction === null ? undefined : Math.floor((fraction * 100) / PERCENT_STEP) * PERCENT_STEP;
  const underWay = state !== "ready" && state !== "failed";
  const line = `${reference}: ${message}${underWay && percent !== undefined ? ` (${percent} %)` : ""}`;
  if (state !== "failed" && told.get(reference) !== line) context.note(line);
  told.set(reference, line);
}

function endOf(ended: ImageStatus[]): ImageStatus[] {
  const failed = ended.filter(({ state }) => state === "failed");
  if (failed.length > 0)
    throw new HubError("image-missing", failed.map(({ message }) => message).join("\n"), { facts: { images: ended } });
  return ended;
}
