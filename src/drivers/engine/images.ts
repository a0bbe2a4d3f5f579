import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { EngineImages, ImageInfo, ImportSettings } from "../images-port.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refusedBecause, sentence } from "./errors.ts";
import type { EngineFacts } from "./facts.ts";
import { buildImage } from "./image-build.ts";
import { inspectImage, listImages, removeImage, tagImage } from "./image-inspect.ts";
import { withTag } from "./image-names.ts";
import { probeImage } from "./image-probe.ts";
import { readProgress } from "./image-progress.ts";
import { pullImage } from "./image-pull.ts";
import { pushImage } from "./image-push.ts";

/** The images of an engine that speaks the Docker-compatible API. `hub` labels what is started for a moment. */
export function createEngineImages(client: EngineClient, hub: string, facts: () => Promise<EngineFacts>): EngineImages {
  return {
    inspect: (reference, signal) => inspectImage(client, reference, signal),
    pull: (reference, options) => pullImage(client, reference, options),
    importRoot: (tarPath, settings, options) => importRoot(client, tarPath, settings, options.signal),
    list: (signal) => listImages(client, signal),
    tag: (reference, name) => tagImage(client, reference, name),
    push: (reference, options) => pushImage(client, reference, options),
    build: async (context, options) => buildImage({ client, hub, facts: await facts() }, context, options),
    probe: async (reference, options) => probeImage({ client, hub, facts: await facts() }, reference, options),
    remove: (reference) => removeImage(client, reference),
  };
}

async function importRoot(
  client: EngineClient,
  tarPath: string,
  settings: ImportSettings,
  signal: AbortSignal,
): Promise<ImageInfo> {
  const { reference } = settings;
  const lines = client.dialect.importChanges(settings);
  const broken = lines.find((line) => /[\r\n]/.test(line));
  if (broken !== undefined) {
    throw buildFailed(
      reference,
      `a setting contains a line break, which no engine accepts: ${broken.split(/[\r\n]/)[0]}…`,
    );
  }
  const { size } = await stat(tarPath).catch((error: unknown) => {
    throw buildFailed(reference, `the root file system cannot be read (${messageOf(error)})`, error);
  });
  const { status, body } = await client.open({
    method: "POST",
    path: "/images/create",
    // Podman 4 ignores `tag`, so the tag is part of `repo`, which Docker takes as well.
    query: { fromSrc: "-", repo: withTag(reference), changes: lines },
    headers: { "content-length": String(size) },
    stream: { source: createReadStream(tarPath), type: "application/x-tar" },
    signal,
    timeoutMs: 0,
  });
  const said =
    status === 200
      ? await readProgress(body, signal, () => undefined)
      : refusalText({ status, text: await body.text() });
  if (said !== undefined) {
    const full = refusedBecause(client, `store the image ${reference}`, said);
    throw full.code === "disk-full" ? full : buildFailed(reference, said);
  }
  const image = await inspectImage(client, reference, signal);
  if (image === undefined) throw buildFailed(reference, "the engine ended without an image");
  return image;
}

function buildFailed(reference: string, why: string, cause?: unknown): HubError {
  return new HubError(
    "image-build-failed",
    `The image ${reference} could not be made: ${sentence(why)} Build it again.`,
    {
      cause,
    },
  );
}
