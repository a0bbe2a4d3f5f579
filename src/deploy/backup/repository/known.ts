/**
 * The repositories that this hub has written to, as a file of its own. age tells who may read, and not who wrote: the place
 * that keeps the backups could put a repository of its own there, with a key that it knows, and read all that comes after.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { HubError, messageOf, systemCode } from "../../../kernel/index.ts";
import type { RepositoryKeys } from "./keys.ts";

const knownSchema = z.object({
  repositories: z.array(
    z.object({
      where: z.string(),
      /** Tells a repository's master key from another, and says nothing of it. */
      proof: z.string(),
    }),
  ),
});
type Known = z.infer<typeof knownSchema>["repositories"];

const PROOF = Buffer.from("hublet-backup-repository");

/**
 * Takes the first repository of a place as it is, and after that those alone that it has met, as with disks that take turns.
 * @param file where they are remembered
 * @param made it was made just now by this hub
 * @throws HubError `backup-unusable` for another one, `state-unusable`
 */
export async function recognise(file: string, where: string, keys: RepositoryKeys, made: boolean): Promise<void> {
  const known = await read(file);
  const proof = keys.chunkId(PROOF);
  if (known.some((each) => each.where === where && each.proof === proof)) return;
  if (!made && known.some((each) => each.where === where) && !known.some((each) => each.proof === proof))
    throw new HubError(
      "backup-unusable",
      `The repository in ${where} is not the one that this hub wrote to before: somebody put another in its place, and could read what is written to it. Nothing was written. Find out who; if it was you, remove ${file} and try again.`,
    );
  const text = JSON.stringify({ repositories: [...known, { where, proof }] }, undefined, 2);
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function read(file: string): Promise<Known> {
  try {
    return knownSchema.parse(JSON.parse(await readFile(file, "utf8"))).repositories;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new HubError("state-unusable", `${file} cannot be read: ${messageOf(error)}. Remove it, then try again.`, {
      cause: error,
    });
  }
}
