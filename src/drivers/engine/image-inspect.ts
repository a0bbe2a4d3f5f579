import type { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import type { ImageInfo, ListedImage } from "../images-port.ts";
import { imageAnswer, imageListAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { imageMissing, refused } from "./errors.ts";
import { pathOf, splitTag } from "./image-names.ts";

/** What Docker before 25 writes where there is no name. */
const NAMELESS = /<none>/;

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
  const { Labels, User } = image.Config;
  return { id: image.Id, digests: named(image.RepoDigests), labels: Labels, sizeBytes: image.Size, user: User };
}

/** What Podman fails to list with when an image goes meanwhile: its name, or a file of it, is gone already. */
const GOING = /image not known|locating item named/i;
/** How often it is asked again then. */
const TRIES = 5;

/** The engine's own list, as it is. */
export async function readImages(client: EngineClient, signal?: AbortSignal): Promise<z.infer<typeof imageListAnswer>> {
  for (let tries = 1; ; tries++) {
    const answer = await client.call({ method: "GET", path: "/images/json", signal, timeoutMs: 60_000 });
    if (answer.status < 300) return imageListAnswer.parse(JSON.parse(answer.text));
    if (tries === TRIES || !GOING.test(refusalText(answer))) throw refused(client, "list its images", answer);
  }
}

/** All images, also those that lost their name; layers of builds are none. */
export async function listImages(client: EngineClient, signal?: AbortSignal): Promise<readonly ListedImage[]> {
  return (await readImages(client, signal)).map((image) => ({
    id: image.Id.startsWith("sha256:") ? image.Id : `sha256:${image.Id}`,
    references: named(image.RepoTags),
    digests: named(image.RepoDigests),
    labels: image.Labels,
    sizeBytes: image.Size,
    created: image.Created > 0 ? image.Created * 1000 : undefined,
  }));
}

/** @throws HubError `image-missing` */
export async function tagImage(client: EngineClient, reference: string, name: string): Promise<void> {
  const { name: repo, tag } = splitTag(name);
  const path = `/images/${pathOf(reference)}/tag`;
  const answer = await client.call({ method: "POST", path, query: { repo, tag } });
  if (answer.status === 404) throw imageMissing(client, reference);
  if (answer.status >= 300) throw refused(client, `name the image ${reference} also ${name}`, answer);
}

/** Missing is fine. @throws HubError `conflict` while a container uses it */
export async function removeImage(client: EngineClient, reference: string): Promise<void> {
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

function named(names: readonly string[]): string[] {
  return names.filter((name) => !NAMELESS.test(name));
}
