export { buildNotebook } from "./build.ts";
export type { BuildAccount } from "./build-process.ts";
export { defaultCacheFolders } from "./cache.ts";
export { matchesImage } from "./catalogue/matches.ts";
export { sortTags } from "./catalogue/sort-tags.ts";
export type { Catalogue, CatalogueSettings, Chooser, ResolvedImage } from "./catalogue/types.ts";
export type { ImageKeeper, ImageKeeperOptions } from "./images.ts";
export { createImageKeeper } from "./images.ts";
export { isReplaceable, NOTEBOOK_REPOSITORY, readRecipe } from "./recipe.ts";
export type {
  ImageFacts,
  RegistryClient,
  RegistryConnection,
  RegistryCredentials,
  RemovedTag,
} from "./registry/types.ts";
export {
  htpasswdAdmits,
  REGISTRY_USER,
  registryAddress,
  registryConfig,
  registryHtpasswd,
} from "./registry-server/config.ts";
export type { OwnRegistry } from "./registry-server/own-registry.ts";
export { createOwnRegistry } from "./registry-server/own-registry.ts";
export type { RegistryPlaces } from "./registry-server/places.ts";
export { openRegistryPlaces, registryPlaces } from "./registry-server/places.ts";
