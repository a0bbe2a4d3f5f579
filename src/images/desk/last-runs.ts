/** When images were last run by anybody, or fetched; kept in a small file, since the engine does not know. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { type Clock, isoTime, KeyedQueue } from "../../kernel/index.ts";

const fileSchema = z.object({
  /** Since when it is written down. */
  since: z.string(),
  /** By the image's id. */
  runs: z.record(z.string(), z.string()),
});

export interface LastRuns {
  /** Somebody runs it now, or had it fetched. */
  note(imageIds: readonly string[]): Promise<void>;
  /** Milliseconds since 1970; of an image of which neither was seen, since when that is known. */
  last(imageId: string): { readonly at: number; readonly seen: boolean };
  /** Images that are gone need not be remembered. */
  keepOnly(imageIds: ReadonlySet<string>): Promise<void>;
}

/** A file that is missing or damaged begins anew: what was run before is then unknown. */
export async function openLastRuns(file: string, clock: Clock): Promise<LastRuns> {
  const parsed = fileSchema.safeParse(await readJson(file));
  const kept = parsed.success ? parsed.data : { since: isoTime(clock.now()), runs: {} };
  const runs = new Map(Object.entries(kept.runs));
  const writes = new KeyedQueue();

  function save(): Promise<void> {
    return writes.run("file", async () => {
      const text = JSON.stringify({ since: kept.since, runs: Object.fromEntries(runs) });
      await writeFile(`${file}.part`, `${text}\n`, { mode: 0o600 });
      await rename(`${file}.part`, file);
    });
  }

  if (!parsed.success) await save();
  return {
    async note(imageIds) {
      const now = isoTime(clock.now());
      for (const id of imageIds) runs.set(id, now);
      if (imageIds.length > 0) await save();
    },
    last(imageId) {
      const at = runs.get(imageId);
      return { at: Date.parse(at ?? kept.since), seen: at !== undefined };
    },
    async keepOnly(imageIds) {
      const gone = [...runs.keys()].filter((id) => !imageIds.has(id));
      for (const id of gone) runs.delete(id);
      if (gone.length > 0) await save();
    },
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}
