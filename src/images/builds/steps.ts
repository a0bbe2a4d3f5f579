/** The steps of one build, from the folder to the names that people use. */
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { BuildSpec, BuildView } from "../../contract/index.ts";
import type { EngineImages, ImageInfo } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";
import { parseReference } from "../reference.ts";
import { checkEnvironment, environmentContainerfile } from "./containerfile.ts";
import { APT_FOLDER, hostAptFiles, tarOfFiles } from "./environment-context.ts";
import { referencesFor, repositoryOf, temporaryReference, versionFrom } from "./names.ts";
import type { BuildsOptions } from "./ports.ts";
import { publish } from "./publish.ts";

/** On what was built here: its build's id. */
export const BUILD_LABEL = "org.hublet.build";
/** On an image, by its Containerfile: a command as a JSON list, whose output ends with the version. */
const PROBE_LABEL = "org.hublet.version-probe";
/** Of the image that is made of the host's own packages; what is built on it inherits the label. */
const RECIPE_LABEL = "org.hublet.recipe";
const PROBE_SECONDS = 120;

export interface StepsOptions extends BuildsOptions {
  readonly id: string;
  readonly spec: BuildSpec;
  /** File with the tar; written here for an environment. */
  readonly context: string;
  readonly images: EngineImages;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly change: (change: Partial<BuildView>) => Promise<void>;
  /** Runs `work` alone among builds of one repository. */
  readonly alone: <T>(repository: string, work: () => Promise<T>) => Promise<T>;
}

/** @throws HubError with what failed; the signal's reason. The temporary name is then gone */
export async function runSteps(options: StepsOptions): Promise<void> {
  const { images, spec, id, change } = options;
  const temporary = temporaryReference(id);
  const repository = repositoryOf(spec.name, options.registry());
  const { domain } = parseReference(repository);
  const push = (spec.release || spec.push) && domain !== "localhost";
  try {
    // What cannot be pushed need not be built for minutes first.
    if (push) await options.mayPush(domain);
    await change({ state: "building", message: "Building" });
    if (spec.environment !== undefined) await writeEnvironment(options);
    const image = await build(options, temporary);
    await change({ imageId: image.id });
    const version = await probeVersion(options, temporary, image);
    if (spec.release) {
      await change({ state: "testing", message: "Starting it once, as a person's server" });
      const { signal, onLine } = options;
      await options.smokeTest(temporary, { repository, signal, onLine });
    }
    await options.alone(repository, () => publishAll(options, { temporary, repository, version, push }));
  } finally {
    await images.remove(temporary).catch(() => undefined); // the next start of the hub, or gc, tries again
  }
}

async function build(options: StepsOptions, temporary: string): Promise<ImageInfo> {
  const { spec, signal, onLine, id } = options;
  const stream = createReadStream(options.context);
  try {
    return await options.images.build(stream, {
      references: [temporary],
      file: spec.environment === undefined ? spec.file : "Containerfile",
      ...(spec.target === undefined ? {} : { target: spec.target }),
      args: spec.environment === undefined ? spec.args : {},
      labels: { [BUILD_LABEL]: id },
      noCache: spec.noCache,
      signal,
      onLine,
      credentials: options.allCredentials(),
    });
  } finally {
    stream.destroy();
  }
}

/** Makes the tar of an environment, once its base is there and known. */
async function writeEnvironment(options: StepsOptions): Promise<void> {
  const { images, spec, signal, onLine } = options;
  const { environment } = spec;
  if (environment === undefined) return;
  const wanted = environment.base ?? options.defaultBase();
  onLine(`base image: ${wanted}`);
  const reference = await options.ensureBase(wanted, signal);
  const info = await images.inspect(reference, signal);
  if (info === undefined)
    throw new HubError("image-missing", `The base image ${reference} is not on the engine. Name another with --base.`);
  const fromDistribution = RECIPE_LABEL in info.labels;
  checkEnvironment(environment, fromDistribution);
  const files = fromDistribution && options.buildMounts ? await hostAptFiles(options.hostRoot) : undefined;
  const containerfile = environmentContainerfile(environment, {
    base: { reference, user: info.user, fromDistribution },
    aptFolder: files === undefined ? undefined : APT_FOLDER,
  });
  for (const line of containerfile.trimEnd().split("\n")) onLine(`| ${line}`);
  const tar = tarOfFiles(new Map([["Containerfile", Buffer.from(containerfile)], ...(files ?? [])]));
  await pipeline(tar, createWriteStream(options.context, { mode: 0o600 }));
}

async function probeVersion(options: StepsOptions, temporary: string, image: ImageInfo): Promise<string | null> {
  const { spec, images, signal, onLine, change } = options;
  const command = spec.versionProbe ?? labelledProbe(image);
  if (command === undefined) return null;
  await change({ state: "probing", message: `Asking the image for its version: ${command.join(" ")}` });
  const { exitCode, output } = await images.probe(temporary, { command, timeoutSeconds: PROBE_SECONDS, signal });
  for (const line of output.trimEnd().split("\n")) onLine(line);
  const version = exitCode === 0 ? versionFrom(output) : undefined;
  if (version === undefined) {
    const why =
      exitCode === undefined
        ? `took more than ${PROBE_SECONDS} s`
        : exitCode === 0
          ? "said nothing that can be a tag"
          : `ended with exit code ${exitCode}`;
    throw new HubError(
      "image-build-failed",
      `The image was built, but its version is not known: “${command.join(" ")}” ${why}. Mend the command (--probe), then build again.`,
    );
  }
  await change({ version });
  return version;
}

/** Base images hand their labels on, but not this one: what it asks for is there only where the recipe says it. */
function labelledProbe(image: ImageInfo): readonly string[] | undefined {
  const text = image.labels[PROBE_LABEL];
  if (text === undefined || text === "") return undefined;
  try {
    return z.array(z.string()).min(1).parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError(
      "image-build-failed",
      `The label ${PROBE_LABEL} of the image is no command: it must be a JSON list like ["python3", "-V"]. Mend it, then build again.`,
      { cause },
    );
  }
}

interface Publishing {
  /** The image's name until now. */
  readonly temporary: string;
  readonly repository: string;
  readonly version: string | null;
  readonly push: boolean;
}

async function publishAll(options: StepsOptions, { temporary, repository, version, push }: Publishing): Promise<void> {
  const { spec, images, signal, onLine, change } = options;
  const references = referencesFor(repository, spec, version);
  const { domain, path } = parseReference(repository);
  if (push) await options.mayPush(domain);
  await change({ state: "pushing", message: push ? "Pushing it to the registry" : "Giving it its names" });
  const { credentials } = options;
  const publishing = publish({ images, source: temporary, references, push, credentials, signal, onLine });
  const digest = await publishing.finally(() => options.named(references));
  if (push) options.pushed(path);
  await change({ references, digest: digest ?? null });
}
