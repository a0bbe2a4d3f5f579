/** Images are fetched, and looked into, before anybody waits for them. */
import type { Config, PullPolicy } from "../contract/index.ts";
import type { ImageKeeper } from "../images/index.ts";
import { messageOf } from "../kernel/index.ts";

interface Wanted {
  readonly reference: string;
  readonly policy: PullPolicy;
  /** Its servers speak with the hub, by jupyterhub-singleuser or by the admin's own command. */
  readonly speaks: "singleuser" | "own" | "not";
}

/** The images that the configuration names, each once for each way in which it is used. Patterns name none. */
export function imagesOf({ server, profiles, groups }: Config): readonly Wanted[] {
  const wanted = [
    server,
    ...profiles.map((profile) => ({
      image: profile.image ?? server.image,
      pull: profile.pull ?? server.pull,
      protocol: profile.protocol ?? server.protocol,
      command: profile.command ?? server.command,
    })),
    ...Object.values(groups)
      .flatMap(({ images }) => images)
      .filter((image) => !image.includes("*"))
      .map((image) => ({ ...server, image })),
  ].map(
    ({ image, pull, protocol, command }): Wanted => ({
      reference: image,
      policy: pull,
      speaks: protocol === "http" ? "not" : (command?.[0] ?? SINGLEUSER) === SINGLEUSER ? "singleuser" : "own",
    }),
  );
  return [...new Map(wanted.map((each) => [JSON.stringify(each), each])).values()];
}

const SINGLEUSER = "jupyterhub-singleuser";

/** Fetches in the background; what fails is in the log, and said again to whoever starts a server. */
export function prefetch(
  config: Config,
  images: Pick<ImageKeeper, "ensure" | "suits">,
  log: { warn(facts: object, message: string): void },
  signal: AbortSignal,
): void {
  for (const wanted of imagesOf(config)) void fetchOne(wanted, images, log, signal);
}

async function fetchOne(
  { reference, policy, speaks }: Wanted,
  images: Pick<ImageKeeper, "ensure" | "suits">,
  log: { warn(facts: object, message: string): void },
  signal: AbortSignal,
): Promise<void> {
  // The keeper writes its failures into the log itself.
  const ready = await images.ensure(reference, { policy, signal }).catch(() => undefined);
  if (ready === undefined || speaks === "not") return;
  try {
    const note = await images.suits(ready, { ownCommand: speaks === "own", signal });
    if (note !== undefined) log.warn({ image: reference }, note);
  } catch (error) {
    if (!signal.aborted) log.warn({ image: reference }, messageOf(error));
  }
}
