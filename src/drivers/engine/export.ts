/**
 * Packing a volume, by tar in a container that does nothing else. Not by the engines' archive endpoint: Podman's gives
 * every file to the container's user, and both end as if all were well when a file could not be read. Tar's exit code is
 * the truth, and what was packed may be erased next.
 */
import { Readable } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import { writeArchive } from "../archive.ts";
import { HUB_LABEL, PROGRAM_LABEL } from "../labels.ts";
import { createdAnswer, exitAnswer, volumeAnswer } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { inspectContainer, removeContainer } from "./containers.ts";
import { lacksImage, lacksProgram, refused } from "./errors.ts";
import { readImages } from "./image-inspect.ts";
import { FrameReader } from "./streams.ts";

/** Not the hub's own label: a container with that is taken for a server. */
export const EXPORT_LABEL = "hublet.export";
/** A place that no image has: an engine would copy an image's files at that place into an empty volume. */
const PLACE = "/.hublet-export";
const CHANGE_MS = 120_000;
/** Images tried until one has a shell with tar or Python. */
const MOST_IMAGES = 24;
/** What is smaller is a single program more often than a distribution. */
const DISTRIBUTION_BYTES = 30 * 1000 * 1000;

/** Writes a tar of `folder` to stdout. Nearly every image has one of these, those with Jupyter Python; 127: this one has none. */
export function packScript(folder: string): string {
  return [
    `cd ${folder} || exit 1`,
    "has() { command -v $1 >/dev/null 2>&1; }",
    "has tar && exec tar -c -f - --numeric-owner .",
    "has busybox && exec busybox tar -c -f - --numeric-owner .",
    "has python3 && exec python3 -ISE -c 'import sys, tarfile",
    'with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as tar: tar.add(".")\'',
    "exit 127",
  ].join("\n");
}

/** This image has neither shell nor tar, or is gone. */
export class Unfit extends Error {}

/** @throws HubError as `Driver.exportVolume` */
export async function exportVolume(
  client: EngineClient,
  name: string,
  file: string,
  hub: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await mustBeOurs(client, name, hub);
  const packing: Packing = { client, volume: name, file, hub, signal };
  for (const image of await helperImages(client)) {
    // Also one that a hub left which died while it packed.
    await removeExporter(client, name, hub);
    try {
      await packWith(image, packing);
      return;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
    } finally {
      await removeExporter(client, name, hub);
    }
  }
  throw new HubError(
    "image-missing",
    `${client.dialect.engine} packs a volume by tar in a container, and there is no image with tar or Python on this host. Fetch one first (“hublet up” fetches the notebook image), then try again.`,
  );
}

/** Removes a container that packs or unpacks for this hub. Missing is fine. */
export async function removeHelper(client: EngineClient, name: string, hub: string): Promise<void> {
  const container = await inspectContainer(client, name);
  if (container?.Config.Labels[EXPORT_LABEL] === hub) await removeContainer(client, container.Id);
}

/** What a broken-off export left keeps its volume from being removed. Missing is fine. */
export async function removeExporter(client: EngineClient, volume: string, hub: string): Promise<void> {
  await removeHelper(client, exporterOf(volume), hub);
}

export async function mustBeOurs(client: EngineClient, name: string, hub: string): Promise<void> {
  const known = await client.call({ method: "GET", path: `/volumes/${encodeURIComponent(name)}` });
  if (known.status === 404) {
    throw new HubError("not-found", `There is no volume ${name} on this host's ${client.dialect.engine}.`);
  }
  if (known.status !== 200) throw refused(client, `look at the volume ${name}`, known);
  const owner = volumeAnswer.parse(JSON.parse(known.text)).Labels?.[HUB_LABEL];
  if (owner === undefined || owner === hub) return;
  throw new HubError(
    "conflict",
    `The volume ${name} was made by another hub (${owner}), so this one does not pack it. Do it there, or by hand.`,
  );
}

/** Ids of images to run a helper in, the likeliest to have what it calls first, small ones before large ones. */
export async function helperImages(client: EngineClient): Promise<readonly string[]> {
  const images = await readImages(client);
  // A deployment keeps a dozen of its own, which would be all that is tried.
  return images
    .filter(({ Labels }) => Labels[PROGRAM_LABEL] === undefined)
    .toSorted((a, b) => Number(a.Size < DISTRIBUTION_BYTES) - Number(b.Size < DISTRIBUTION_BYTES) || a.Size - b.Size)
    .slice(0, MOST_IMAGES)
    .map(({ Id }) => Id);
}

interface Packing {
  readonly client: EngineClient;
  readonly volume: string;
  readonly file: string;
  /** Id of the hub. */
  readonly hub: string;
  readonly signal: AbortSignal;
}

async function packWith(image: string, packing: Packing): Promise<void> {
  const { client, volume, file, hub, signal } = packing;
  const id = await createExporter(client, image, volume, hub);
  signal.throwIfAborted();
  const attached = await client.open({
    method: "POST",
    path: `/containers/${id}/attach`,
    query: { stream: "true", stdout: "true", stderr: "true" },
    signal,
    timeoutMs: CHANGE_MS,
  });
  if (attached.status !== 200) {
    const answer = { status: attached.status, text: await attached.body.text() };
    throw lacksProgram(answer) ? new Unfit() : refused(client, `pack the volume ${volume}`, answer);
  }
  // Destroying what has not ended is an error nobody needs to hear of.
  attached.body.on("error", () => undefined);
  try {
    const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: CHANGE_MS });
    if (lacksProgram(started)) throw new Unfit();
    if (started.status >= 300) throw refused(client, `pack the volume ${volume}`, started);
    await writeArchive(Readable.from(tarOf(id, attached.body, packing)), file, signal);
  } finally {
    attached.body.destroy();
  }
}

async function createExporter(client: EngineClient, image: string, volume: string, hub: string): Promise<string> {
  const body = {
    Image: image,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: [packScript(PLACE)],
    User: "0:0",
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Labels: { [EXPORT_LABEL]: hub },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      // Files of every owner and mode can be read, and nothing else can be done.
      CapAdd: ["DAC_READ_SEARCH"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      Mounts: [{ Type: "volume", Source: volume, Target: PLACE, ReadOnly: true }],
    },
  };
  const answer = await client.call({
    method: "POST",
    path: "/containers/create",
    query: { name: exporterOf(volume) },
    body,
    timeoutMs: CHANGE_MS,
  });
  // Somebody removed it since the images were listed.
  if (lacksImage(answer)) throw new Unfit();
  if (answer.status >= 300) throw refused(client, `pack the volume ${volume}`, answer);
  return createdAnswer.parse(JSON.parse(answer.text)).Id;
}

/** What tar writes; throws after it when tar has missed anything. */
async function* tarOf(
  id: string,
  output: AsyncIterable<Buffer>,
  { client, volume, signal }: Packing,
): AsyncGenerator<Buffer> {
  let said = "";
  const frames = new FrameReader((text) => {
    said = `${said}${text}`.slice(-1000);
  });
  for await (const chunk of output) yield* frames.read(chunk);
  const { StatusCode: code } = await client.json(
    exitAnswer,
    { method: "POST", path: `/containers/${id}/wait`, signal, timeoutMs: CHANGE_MS },
    (answer) => refused(client, `pack the volume ${volume}`, answer),
  );
  if (code === 126 || code === 127) throw new Unfit();
  if (code === 0) return;
  throw new HubError(
    "command-failed",
    `The files of ${volume} could not be packed: ${said.trim() || `exit code ${code}`}. Nothing was kept. Mend that, then try again.`,
  );
}

function exporterOf(volume: string): string {
  return `hublet-export-${volume}`;
}
