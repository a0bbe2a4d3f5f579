/** Statuses of images that are worth telling. */
import type { Config, ImageStatus } from "../../../contract/index.ts";
import type { HubServices } from "../../services.ts";

/** For so long a failure of a name that somebody typed is told, in milliseconds: a slip of the keyboard is no lasting fault. */
const SLIP_MS = 10 * 60_000;

/** Without failures of images that the configuration does not name, once they are old: nobody waits for these. */
export function toldImages({ images, config, clock }: Pick<HubServices, "images" | "config" | "clock">): ImageStatus[] {
  const named = namesIn(config());
  const oldest = clock.now() - SLIP_MS;
  return images
    .statuses()
    .filter(
      ({ state, reference, since }) => state !== "failed" || named.has(reference) || !(Date.parse(since) < oldest),
    );
}

function namesIn({ server, profiles, groups }: Config): Set<string> {
  const others = [...profiles.map(({ image }) => image), ...Object.values(groups).flatMap(({ images }) => images)];
  return new Set([server.image, ...others.filter((name) => name !== undefined)]);
}
