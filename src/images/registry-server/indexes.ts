import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const manifestSchema = z.looseObject({ mediaType: z.string().optional(), manifests: z.array(z.unknown()).optional() });

/**
 * Whether an image for several processors is in the registry's folder. Their parts have no tags, and version 2 of the
 * registry would take them for what lost its tag.
 */
export async function holdsIndexes(data: string): Promise<boolean> {
  const storage = join(data, "docker/registry/v2");
  for await (const link of glob("repositories/**/_manifests/revisions/sha256/*/link", { cwd: storage })) {
    const digest = /^sha256:([0-9a-f]{64})$/.exec((await text(join(storage, link))).trim())?.[1];
    if (digest === undefined) continue;
    const manifest = parsed(await text(join(storage, "blobs/sha256", digest.slice(0, 2), digest, "data")));
    if (manifest?.manifests !== undefined) return true;
  }
  return false;
}

/** Nothing was ever pushed: the program that frees space takes that for an error. */
export function isEmptyRegistry(data: string): boolean {
  return !existsSync(join(data, "docker/registry/v2/blobs"));
}

function parsed(json: string): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // no JSON: deleted meanwhile, or damaged
  }
}

async function text(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
