/** Which repositories and tags of the catalogue's registry a person may choose. */
import { isRepository } from "../reference.ts";
import { pathAt } from "../registry/address.ts";
import { matchesReference, matchesRepository, matchesText, readPattern } from "./matches.ts";
import type { CatalogueSettings } from "./types.ts";

export interface Offer {
  /** Whether anything might be offered, whatever the registry has. */
  readonly any: boolean;
  /** Repositories that are named without “*”: known even where a registry lists none. */
  readonly named: readonly string[];
  repository(name: string): boolean;
  image(repository: string, tag: string): boolean;
}

/**
 * With `everyone`, the repositories of the settings, all their tags; beside them, and without `everyone` only, what the
 * person's own patterns name in this registry.
 * @param images of the person's policy: `localhost:5000/lab/*`, `lab/uspy:2.*`; those of other registries offer nothing here
 */
export function offerOf(settings: CatalogueSettings, images: readonly string[]): Offer {
  const { registry, everyone, repositories } = settings;
  const own = images
    .map(readPattern)
    // A digest is no tag to choose.
    .filter(({ domain, digest }) => digest === undefined && (domain === undefined || matchesText(domain, registry)));
  const forEverybody = (name: string): boolean =>
    everyone && repositories.some((pattern) => matchesText(pattern, name));
  const here = (name: string) => ({ domain: registry, path: pathAt(registry, name) });
  return {
    any: everyone || own.length > 0,
    named: [...(everyone ? repositories : []), ...own.map(({ path }) => path)].filter(isRepository),
    repository: (name) => forEverybody(name) || own.some((pattern) => matchesRepository(pattern, here(name), registry)),
    image: (name, tag) =>
      forEverybody(name) ||
      own.some((pattern) => matchesReference(pattern, { ...here(name), tag, digest: undefined }, registry)),
  };
}
