export { buildNotebook } from "./build.ts";
export type { BuildAccount } from "./build-process.ts";
export { defaultCacheFolders } from "./cache.ts";
export type { CatalogueLog, CatalogueOptions } from "./catalogue/catalogue.ts";
export { createCatalogue } from "./catalogue/catalogue.ts";
export { matchesImage } from "./catalogue/matches.ts";
export { sortTags } from "./catalogue/sort-tags.ts";
export type { Catalogue, CatalogueSettings, Chooser, ResolvedImage } from "./catalogue/types.ts";
export type { RegistryAccounts } from "./keeper/accounts.ts";
export { registryAccounts } from "./keeper/accounts.ts";
export { createImageKeeper } from "./keeper/keeper.ts";
export type { ImageKeeper, ImageKeeperOptions, ReadyImage } from "./keeper/types.ts";
export { isReplaceable, NOTEBOOK_REPOSITORY, readRecipe } from "./recipe.ts";
export { createRegistryClient } from "./registry/client.ts";
export type { RegistryClients } from "./registry/clients.ts";
export { createRegistryClients } from "./registry/clients.ts";
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
export { holdsIndexes } from "./registry-server/indexes.ts";
export type { OwnRegistry } from "./registry-server/own-registry.ts";
export { createOwnRegistry } from "./registry-server/own-registry.ts";
export type { RegistryPlaces } from "./registry-server/places.ts";
export { openRegistryPlaces, registryPlaces } from "./registry-server/places.ts";
export type { RegistryTrust } from "./registry-server/trust.ts";
export { registryBlocks, registryTrust } from "./registry-server/trust.ts";
