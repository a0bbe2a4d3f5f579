export { buildNotebook } from "./build.ts";
export type { BuildAccount } from "./build-process.ts";
export { defaultCacheFolders } from "./cache.ts";
export type { ImageKeeper, ImageKeeperOptions } from "./images.ts";
export { createImageKeeper } from "./images.ts";
export { isReplaceable, NOTEBOOK_REPOSITORY, readRecipe } from "./recipe.ts";
