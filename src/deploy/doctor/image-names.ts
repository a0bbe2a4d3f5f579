import { isReplaceable } from "../../images/index.ts";
import type { CheckContext } from "./types.ts";

/** Images that the configuration lets people start. */
export function serverImages({ config }: CheckContext): string[] {
  if (config === undefined) return [];
  return [
    ...new Set([config.server.image, ...config.profiles.flatMap(({ image }) => (image === undefined ? [] : [image]))]),
  ];
}

/** Names are compared in full: without a tag, `latest` is meant; Podman's own images are named `localhost/…`. */
export function hasImage({ state }: CheckContext, image: string): boolean {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  return [tagged, `localhost/${tagged}`, `docker.io/${tagged}`, `docker.io/library/${tagged}`].some((name) =>
    Object.hasOwn(state.images, name),
  );
}

/**
 * What servers with an image are started from: itself, or the one of the distribution's packages in its place.
 * @param built that one's name
 */
export function startedFrom(context: CheckContext, image: string, built: string): string | undefined {
  if (hasImage(context, image)) return image;
  return isReplaceable(image) && hasImage(context, built) ? built : undefined;
}

/** They are asked for inside of the account's manager, so that nothing of Podman is left in the session of whoever asks. */
export function knowsImages({ state }: CheckContext): boolean {
  return state.docker !== undefined || state.account?.manager === true;
}
