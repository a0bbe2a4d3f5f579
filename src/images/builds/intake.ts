/** What is looked at, and taken in, before a build begins. */
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BuildSpec } from "../../contract/index.ts";
import { HubError, isDiskFull, messageOf } from "../../kernel/index.ts";
import { checkEnvironment } from "./containerfile.ts";
import { checkTags, repositoryOf } from "./names.ts";
import type { BuildsOptions } from "./ports.ts";

/** What can be found wrong before anything is done. @throws HubError `bad-request` */
export function checkAsked(spec: BuildSpec, context: Readable | undefined, { registry }: BuildsOptions): void {
  const repository = repositoryOf(spec.name, registry());
  checkTags(spec.tags);
  if (spec.environment !== undefined) checkEnvironment(spec.environment, false);
  else if (context === undefined)
    throw new HubError("bad-request", "There is nothing to build: send a folder, or name packages to install.");
  if (spec.file.startsWith("/") || spec.file.split("/").includes(".."))
    throw new HubError("bad-request", `“${spec.file}” must be a path inside the folder.`);
  // Podman takes a list in JSON as well, whose paths may lead anywhere, and has “.in” take in any file of the host.
  if (!/^[\w.@+~ /-]{1,512}$/.test(spec.file) || spec.file.endsWith(".in"))
    throw new HubError(
      "bad-request",
      `“${spec.file.slice(0, 120)}” cannot be a Containerfile's name: use letters, digits and “_.@+~-”, and another ending than “.in”.`,
    );
  if (spec.push && repository.startsWith("localhost/"))
    throw new HubError(
      "bad-request",
      "There is no registry to push to. Set up one (registry: {} in hublet.yaml), or begin the name with a registry's address.",
    );
}

/** What went wrong before a build was begun, in words where it is a full disk. */
export function notTakenIn(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new HubError("disk-full", "No space is left to take in what is to be built. Free some, then build again.", {
    cause: error,
  });
}

/** Keeps the folder in a file of its own. @throws HubError `bad-request` when it breaks off; the system's error when the disk is full */
export async function spool(context: Readable, file: string): Promise<void> {
  try {
    await pipeline(context, createWriteStream(file, { mode: 0o600, flags: "wx" }));
    // Where a pipe lies between, what breaks off looks like an end. Engines build from the part that came.
    if (!(await isWhole(file))) throw new Error("it breaks off before the archive's end");
  } catch (error) {
    if (isDiskFull(error)) throw error;
    throw new HubError("bad-request", `What is to be built did not arrive whole: ${messageOf(error)}. Try again.`, {
      cause: error,
    });
  }
}

/** Offset of the word in an archive's first block. */
const MAGIC_AT = 257;
/** Bytes of the two empty blocks at an archive's end. */
const END_BYTES = 1024;

/** Packed archives are not judged here: engines notice where those break off. */
async function isWhole(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer: magic } = await handle.read(Buffer.alloc(5), 0, 5, MAGIC_AT);
    if (magic.toString("latin1") !== "ustar") return true;
    const { size } = await handle.stat();
    if (size <= END_BYTES) return false;
    const { buffer: end } = await handle.read(Buffer.alloc(END_BYTES, 1), 0, END_BYTES, size - END_BYTES);
    return end.every((byte) => byte === 0);
  } finally {
    await handle.close();
  }
}
