export { HUB_LABEL } from "../kernel/index.ts";

/** Image label: the image runs with a read-only root when `/tmp` and the like are writable. */
export const READ_ONLY_ROOT_LABEL = "org.hublet.read-only-root";

/** Image label of the program's own images, which have neither shell nor tar. */
export const PROGRAM_LABEL = "org.hublet.digest";
