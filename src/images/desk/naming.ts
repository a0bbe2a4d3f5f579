/** Who means which image: servers by what they run, the configuration by what it names. */
import type { Config } from "../../contract/index.ts";
import type { ListedImage } from "../../drivers/index.ts";
import { formatReference, parseReference } from "../reference.ts";
import type { Runs } from "./ports.ts";

/** Repositories of hub and proxy, and of what builds call their images before they have passed. */
const OWN = /^localhost\/(?:hublet-[a-z]+|hublet\/(?!notebook:)[^:]+):/;

/** Whether a reference, tag or digest, means this image of the engine. */
export function means(reference: string, image: Pick<ListedImage, "id" | "references" | "digests">): boolean {
  if (reference === image.id) return true;
  const wanted = full(reference);
  if (wanted === undefined) return false;
  if (wanted.digest !== undefined) return image.digests.some((name) => full(name)?.text === wanted.text);
  return image.references.some((name) => full(name)?.text === wanted.text);
}

export function usersOf(image: ListedImage, running: readonly Runs[]): Runs[] {
  return running.filter((run) => run.image !== null && means(run.image, image));
}

/** Keys of the configuration that name it. Patterns with “*” offer images to people and name none. */
export function namedBy(
  image: ListedImage,
  config: Config,
  options: {
    readonly registry: string | undefined;
    readonly built: { readonly reference: string | undefined; readonly replaceable: (reference: string) => boolean };
  },
): string[] {
  const { built, registry } = options;
  const standsIn = built.reference !== undefined && means(built.reference, image);
  const names = (reference: string): boolean => means(reference, image) || (standsIn && built.replaceable(reference));
  const found = names(config.server.image) ? ["server"] : [];
  const { postgres } = config.deploy;
  if (postgres !== undefined && names(postgres.image)) found.push("deploy.postgres");
  if (config.registry !== undefined && names(config.registry.image)) found.push("registry");
  for (const { name, image: own } of config.profiles)
    if (own !== undefined && names(own)) found.push(`profiles.${name}`);
  for (const [group, { images }] of Object.entries(config.groups)) {
    const meant = images.some(
      (text) => !text.includes("*") && (names(text) || (registry !== undefined && names(`${registry}/${text}`))),
    );
    if (meant) found.push(`groups.${group}`);
  }
  return found;
}

/** Of the program itself: hub, proxy, builds that have not passed yet. */
export function isOurs(image: ListedImage): boolean {
  return image.references.some((name) => OWN.test(name));
}

/** Repositories of its names. */
export function repositoriesOf(image: ListedImage): string[] {
  const names = image.references.flatMap((name) => {
    const reference = full(name);
    return reference === undefined ? [] : [reference.repository];
  });
  return [...new Set(names)];
}

function full(reference: string): { text: string; repository: string; digest: string | undefined } | undefined {
  try {
    const { domain, path, tag, digest } = parseReference(reference);
    // With a digest the tag decides nothing.
    const kept = digest === undefined ? tag : undefined;
    return { text: formatReference({ domain, path, tag: kept, digest }), repository: `${domain}/${path}`, digest };
  } catch {
    return undefined; // what an engine lists may be called anything
  }
}
