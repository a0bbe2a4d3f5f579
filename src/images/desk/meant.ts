/** What admins mean by names of images that they type. */
import type { ListedImage } from "../../drivers/index.ts";
import { namesRegistry } from "../../kernel/index.ts";
import { means } from "./naming.ts";

type Named = Pick<ListedImage, "id" | "references" | "digests">;

/**
 * A name without a registry is what is here under it, in this order: as the engine itself takes it, of the registry that
 * people choose from, or of this host alone. What is not here is left as it was said.
 * @param registry as image names begin; undefined without one
 */
export function meantHere(reference: string, images: readonly Named[], registry: string | undefined): string {
  const here = (name: string): boolean => images.some((image) => means(name, image));
  if (namesRegistry(reference) || here(reference)) return reference;
  const places = [...(registry === undefined ? [] : [registry]), "localhost"];
  return places.map((place) => `${place}/${reference}`).find(here) ?? reference;
}

/** A name to be: without a registry in it that of the registry that people choose from, or of this host, as builds have it. */
export function newName(name: string, registry: string | undefined): string {
  return namesRegistry(name) ? name : `${registry ?? "localhost"}/${name}`;
}
