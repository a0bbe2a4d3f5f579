/** The pages about images, fetched together: whoever opens one opens the others. */
export { BuildPage } from "./build-page.tsx";
export { BuildsPage } from "./builds-page.tsx";
export { EnginePage } from "./engine-page.tsx";
export { ImagesPage } from "./images-page.tsx";
export { RegistryPage } from "./registry-page.tsx";
