import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { EngineImages, ImageInfo, ImportSettings, PullOptions } from "../port.ts";
import { imageAnswer, progressLine } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refused, refusedBecause, sentence } from "./errors.ts";
import { PullTally } from "./pull-tally.ts";
import { jsonLines } from "./streams.ts";

/** Undefined when the image is not on this engine. */
export async function inspectImage(
  client: EngineClient,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageInfo | undefined> {
  const answer = await client.call({ method: "GET", path: `/images/${pathOf(reference)}/json`, signal });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(client, `describe the image ${reference}`, answer);
  const image = imageAnswer.parse(JSON.parse(answer.text));
  return { id: image.Id, labels: image.Config.Labels, sizeBytes: image.Size };
}

/** The images of an engine that speaks the Docker-compatible API. */
export function createEngineImages(client: EngineClient): EngineImages {
  return {
    inspect: (reference, signal) => inspectImage(client, reference, signal),
    pull: (reference, options) => pull(client, reference, options),
    importRoot: (tarPath, settings, options) => importRoot(client, tarPath, settings, options.signal),
    remove: (reference) => remove(client, reference),
  };
}

async function pull(client: EngineClient, reference: string, options: PullOptions): Promise<ImageInfo> {
  const { signal, onProgress, credentials } = options;
  const auth =
    credentials === undefined
      ? {}
      : {
          username: credentials.username,
          password: credentials.password.reveal(),
          serveraddress: registryOf(reference),
        };
  const { status, body } = await client.open({
    method: "POST",
    path: "/images/create",
    // Without a tag Docker would fetch all of them.
    query: { fromImage: withTag(reference) },
    headers: credentials === undefined ? {} : { "x-registry-auth": base64Url(JSON.stringify(auth)) },
    signal,
    // The head comes once the registry has answered; only the caller knows how long that may take.
    timeoutMs: 0,
  });
  if (status !== 200) throw pullFailed(client, reference, refusalText({ status, text: await body.text() }));
  const tally = new PullTally();
  const failure = await readProgress(body, signal, (line) => {
    const progress = tally.add(line);
    if (progress !== undefined) onProgress(progress);
  });
  // Podman and Docker alike answer 200 first and tell of failures in the stream.
  if (failure !== undefined) throw pullFailed(client, reference, failure);
  const image = await inspectImage(client, reference, signal);
  if (image === undefined) throw pullFailed(client, reference, "the engine ended without an image");
  return image;
}

/** Reads a progress stream to its end; returns the error it carries, if any. */
async function readProgress(
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  onLine: (line: ReturnType<typeof progressLine.parse>) => void,
): Promise<string | undefined> {
  try {
    for await (const line of jsonLines(body, progressLine)) {
      const failure = line.errorDetail?.message ?? line.error;
      if (failure !== undefined) return failure;
      onLine(line);
    }
    return undefined;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return `the engine's answer broke off (${messageOf(error)})`;
  }
}

function pullFailed(client: EngineClient, reference: string, said: string): HubError {
  const full = refusedBecause(client, `store the image ${reference}`, said);
  if (full.code === "disk-full") return full;
  if (
    /manifest unknown|not found|name unknown|no such image|does not exist|denied|unauthorized|forbidden|no basic auth/i.test(
      said,
    )
  ) {
    return new HubError(
      "image-missing",
      `The registry does not give out the image ${reference}: ${sentence(said)} Check the name and tag, and whether the registry wants a sign-in.`,
    );
  }
  return new HubError(
    "image-pull-failed",
    `The image ${reference} could not be fetched: ${sentence(said)} Check that this host reaches the registry, then try again.`,
  );
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

async function remove(client: EngineClient, reference: string): Promise<void> {
  const answer = await client.call({ method: "DELETE", path: `/images/${pathOf(reference)}`, timeoutMs: 120_000 });
  if (answer.status < 300 || answer.status === 404) return;
  if (answer.status === 409 || /in use|being used/i.test(refusalText(answer))) {
    throw new HubError(
      "conflict",
      `The image ${reference} is used by a container. Stop the servers that use it first.`,
    );
  }
  throw refused(client, `remove the image ${reference}`, answer);
}

/** `:latest` added when the reference has neither tag nor digest. */
function withTag(reference: string): string {
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  return last.includes(":") || reference.includes("@") ? reference : `${reference}:latest`;
}

/** Slashes stay: Docker's router wants them plain. */
function pathOf(reference: string): string {
  return reference.split("/").map(encodeURIComponent).join("/");
}

function registryOf(reference: string): string {
  const first = reference.split("/")[0] ?? "";
  return /[.:]|^localhost$/.test(first) && reference.includes("/") ? first : "https://index.docker.io/v1/";
}

function base64Url(text: string): string {
  // Docker wants base64url with padding (RFC 4648 section 5).
  return Buffer.from(text, "utf8").toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
