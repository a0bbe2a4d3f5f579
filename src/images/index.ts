export { buildNotebook } from "./build.ts";
export type { BuildAccount } from "./build-process.ts";
export { createBuilds } from "./builds/builds.ts";
export type { BuildNews, Builds, BuildsOptions, SmokeTest } from "./builds/ports.ts";
export { defaultCacheFolders } from "./cache.ts";
export type { CatalogueLog, CatalogueOptions } from "./catalogue/catalogue.ts";
export { createCatalogue } from "./catalogue/catalogue.ts";
export { matchesImage } from "./catalogue/matches.ts";
export { offerOf } from "./catalogue/offer.ts";
export { catalogueSettings } from "./catalogue/settings.ts";
export { sortTags } from "./catalogue/sort-tags.ts";
export type { Catalogue, CatalogueSettings, Chooser, ResolvedImage } from "./catalogue/types.ts";
export { createImageDesk } from "./desk/desk.ts";
export type { LastRuns } from "./desk/last-runs.ts";
export { openLastRuns } from "./desk/last-runs.ts";
export { meantHere } from "./desk/meant.ts";
export { means } from "./desk/naming.ts";
export type { ImageDesk, ImageDeskOptions, RemovedNames, Runs } from "./desk/ports.ts";
export type { RegistryAccounts } from "./keeper/accounts.ts";
export { registryAccounts } from "./keeper/accounts.ts";
export { SPOKEN_JUPYTERHUB } from "./keeper/jupyterhub.ts";
export { createImageKeeper } from "./keeper/keeper.ts";
export type { ImageKeeper, ImageKeeperOptions, ReadyImage } from "./keeper/types.ts";
export { isReplaceable, NOTEBOOK_REPOSITORY, readRecipe } from "./recipe.ts";
export { isRepository, isTag, parseReference } from "./reference.ts";
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
export { folderBytes } from "./registry-server/folder-bytes.ts";
export { holdsIndexes, isEmptyRegistry } from "./registry-server/indexes.ts";
export { holdOtherLoopback } from "./registry-server/loopback.ts";
export type { OwnRegistry } from "./registry-server/own-registry.ts";
export { createOwnRegistry } from "./registry-server/own-registry.ts";
export type { RegistryPlaces } from "./registry-server/places.ts";
export { openRegistryPlaces, registryPlaces } from "./registry-server/places.ts";
export type { RegistryTrust } from "./registry-server/trust.ts";
export { registryBlocks, registryTrust } from "./registry-server/trust.ts";
