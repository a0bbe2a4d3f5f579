/** Packing a volume by the engine's archive endpoint, which works on a container that was made and never started. */
import { Readable } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import { writeArchive } from "../archive.ts";
import { HUB_LABEL } from "../labels.ts";
import { createdAnswer, imageListAnswer, volumeAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { inspectContainer, removeContainer } from "./containers.ts";
import { imageMissing, refused } from "./errors.ts";

/** Not the hub's own label: a container with that is taken for a server. */
const EXPORT_LABEL = "hublet.export";
/** A place that no image has: an engine would copy an image's files at that place into an empty volume. */
const PLACE = "/.hublet-export";
const CREATE_MS = 120_000;

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
  // One that a hub left which died while it packed.
  await removeExporter(client, name, hub);
  try {
    await createExporter(client, name, hub, await anyImage(client));
    signal.throwIfAborted();
    const { status, body } = await client.open({
      method: "GET",
      path: `/containers/${exporterOf(name)}/archive`,
      // “/.”: the content of the folder, without the folder itself.
      query: { path: `${PLACE}/.` },
      signal,
      timeoutMs: CREATE_MS,
    });
    if (status !== 200) {
      throw refused(client, `pack the volume ${name}`, { status, text: await body.text() });
    }
    await writeArchive(Readable.from(body), file, signal);
  } finally {
    await removeExporter(client, name, hub);
  }
}

/** What a broken-off export left keeps its volume from being removed. Missing is fine. */
export async function removeExporter(client: EngineClient, volume: string, hub: string): Promise<void> {
  const container = await inspectContainer(client, exporterOf(volume));
  if (container?.Config.Labels[EXPORT_LABEL] === hub) await removeContainer(client, container.Id);
}

async function mustBeOurs(client: EngineClient, name: string, hub: string): Promise<void> {
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

/** Any will do, since nothing of it is run; the smallest costs the engine least. */
async function anyImage(client: EngineClient): Promise<string> {
  const images = await client.json(imageListAnswer, { method: "GET", path: "/images/json" }, (answer) =>
    refused(client, "list its images", answer),
  );
  const [smallest] = images.sort((a, b) => a.Size - b.Size);
  if (smallest !== undefined) return smallest.Id;
  throw new HubError(
    "image-missing",
    `${client.dialect.engine} packs a volume by way of a container, and there is not a single image to make one of. Fetch any image first (“hublet up” fetches the notebook image), then try again.`,
  );
}

async function createExporter(client: EngineClient, volume: string, hub: string, image: string): Promise<void> {
  const body = {
    Image: image,
    Cmd: ["true"],
    Labels: { [EXPORT_LABEL]: hub },
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume", Source: volume, Target: PLACE, ReadOnly: true }],
    },
  };
  const answer = await client.call({
    method: "POST",
    path: "/containers/create",
    query: { name: exporterOf(volume) },
    body,
    timeoutMs: CREATE_MS,
  });
  if (answer.status === 404 && /image/i.test(refusalText(answer))) throw imageMissing(client, image);
  if (answer.status >= 300) throw refused(client, `pack the volume ${volume}`, answer);
  createdAnswer.parse(JSON.parse(answer.text));
}

function exporterOf(volume: string): string {
  return `hublet-export-${volume}`;
}
