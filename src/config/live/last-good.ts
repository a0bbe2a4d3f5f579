/** What the applied configuration was made of, for a hub that is started again while the files have mistakes. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Kept } from "../sources/reader.ts";

const savedSchema = z.object({
  /** The configuration file; what was kept of another one is of no use. */
  file: z.string(),
  files: z.record(z.string(), z.object({ mode: z.number(), text: z.string() })),
  folders: z.record(z.string(), z.array(z.string())),
});

/** Undefined when there is none of this file, or none that can be used. */
export function readLastGood(path: string, file: string): Kept | undefined {
  try {
    const saved = savedSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return saved.file === file ? saved : undefined;
  } catch {
    return undefined; // the first start, or a file of another version: then the mistakes themselves are told
  }
}

/** @throws Error of the file system */
export function writeLastGood(path: string, file: string, kept: Kept): void {
  const next = `${path}.new`;
  writeFileSync(next, JSON.stringify({ file, ...kept }), { mode: 0o600 });
  renameSync(next, path);
}
