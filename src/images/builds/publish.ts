/** The end of a build: its image gets the names that people use, here and in the registry. What fails leaves the old ones. */
import type { EngineImages, RegistryCredentials } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";
import { parseReference } from "../reference.ts";

/** It is there to move; a version is not. */
const MOVING_TAG = "latest";

export interface PublishOptions {
  readonly images: EngineImages;
  /** The image as it is called until now. */
  readonly source: string;
  /** Names to be; the last one is what most people use, so it moves last. */
  readonly references: readonly string[];
  readonly push: boolean;
  readonly credentials: (registry: string) => RegistryCredentials | undefined;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

interface Moved {
  readonly reference: string;
  /** Id of the image that had the name before. */
  readonly before: string | undefined;
  pushed: boolean;
}

/**
 * @returns the digest in the registry, when it was pushed and the engine says it
 * @throws HubError as `EngineImages.tag` and `push`; the signal's reason. Names are then as they were on the engine, and a
 *   name that was pushed already is given back to the image that had it
 */
export async function publish(options: PublishOptions): Promise<string | undefined> {
  const { images, source, references, signal, onLine } = options;
  const moved: Moved[] = [];
  const id = (await images.inspect(source, signal))?.id;
  let digest: string | undefined;
  try {
    for (const reference of references) {
      signal.throwIfAborted();
      const step: Moved = { reference, before: (await images.inspect(reference, signal))?.id, pushed: false };
      moved.push(step);
      await images.tag(source, reference);
      onLine(`named ${reference}`);
      if (step.before !== undefined && step.before !== id && !reference.endsWith(`:${MOVING_TAG}`))
        onLine(`${reference} meant another image until now: who starts it again gets this one`);
      if (!options.push) continue;
      digest = (await pushOne(options, reference)) ?? digest;
      step.pushed = true;
    }
    return digest;
  } catch (error) {
    for (const step of moved.reverse()) await takeBack(options, step);
    throw error;
  }
}

/** Pushes one name, telling about it now and then. */
export async function pushOne(
  options: Pick<PublishOptions, "images" | "credentials" | "signal" | "onLine">,
  reference: string,
): Promise<string | undefined> {
  const { images, signal, onLine } = options;
  const { domain } = parseReference(reference);
  if (domain === "localhost")
    throw new HubError(
      "bad-request",
      `${reference} names no registry. Set up one (registry: {} in hublet.yaml), or begin the name with a registry's address.`,
    );
  const credentials = options.credentials(domain);
  onLine(`pushing ${reference}`);
  let said = "";
  const { digest } = await images.push(reference, {
    signal,
    onProgress({ message }) {
      if (message !== said) onLine(message);
      said = message;
    },
    ...(credentials === undefined ? {} : { credentials }),
  });
  onLine(`pushed ${reference}${digest === undefined ? "" : ` as ${digest}`}`);
  return digest;
}

/** What cannot be taken back is told: the build has failed already, and for another reason. */
async function takeBack(options: PublishOptions, { reference, before, pushed }: Moved): Promise<void> {
  const { images, onLine } = options;
  try {
    if (before === undefined) {
      await images.remove(reference);
      if (pushed) onLine(`${reference} is new in the registry and stays there; remove it with --registry.`);
      return;
    }
    await images.tag(before, reference);
    onLine(`${reference} is what it was before`);
    // The old signal may be what ended the build.
    if (pushed) await pushOne({ ...options, signal: AbortSignal.timeout(120_000) }, reference);
  } catch (error) {
    onLine(`${reference} could not be given back: ${error instanceof Error ? error.message : String(error)}`);
  }
}
