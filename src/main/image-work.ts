/** Builds of images and the admins' desk for them, with all they need of the other rooms. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { LaunchPlan } from "../cli/index.ts";
import type { ConfigSnapshot } from "../config/index.ts";
import type { Driver, EngineImages } from "../drivers/index.ts";
import {
  type Builds,
  createBuilds,
  createImageDesk,
  type ImageDesk,
  type ImageKeeper,
  isReplaceable,
  openLastRuns,
  type SmokeTest,
} from "../images/index.ts";
import type { Clock, ClosingStack } from "../kernel/index.ts";
import { createTrial, type Servers } from "../servers/index.ts";
import type { Registries } from "./registries.ts";

export interface ImageWorkOptions {
  readonly plan: Pick<LaunchPlan, "state" | "hostRoot" | "engine">;
  readonly driver: Driver;
  readonly keeper: ImageKeeper;
  readonly registries: Registries;
  readonly servers: Pick<Servers, "listActive" | "subscribe">;
  /** Shared with `createServers`: containers that are only tried out. */
  readonly trials: Set<string>;
  readonly snapshot: () => ConfigSnapshot;
  readonly builtReference: string;
  readonly clock: Clock;
  readonly log: {
    info(facts: object, message: string): void;
    warn(facts: object, message: string): void;
    error(facts: object, message: string): void;
  };
}

export async function openImageWork(
  options: ImageWorkOptions,
  closing: ClosingStack,
): Promise<{ readonly builds: Builds; readonly imageDesk: ImageDesk }> {
  const { plan, driver, keeper, registries, servers, snapshot, clock, log } = options;
  const config = () => snapshot().config;
  const { own, accounts, clients, catalogue } = registries;
  const registry = () => config().catalogue?.registry ?? own?.address;
  const credentials = (address: string) => accounts.credentialsFor(address);
  const touched = (repository: string): void => {
    own?.forgetUsed();
    catalogue.touched(repository);
  };
  const mayPush = async (address: string): Promise<void> => {
    if (own === undefined || address !== own.address) return;
    // An engine tries a registry that hangs for minutes, and says nothing meanwhile.
    await (await clients.at(address)).check();
    await own.mayPush();
  };
  const lastRuns = await openLastRuns(join(plan.state, "images-used.json"), clock);

  const builds = closing.add(
    await createBuilds({
      images: driver.images,
      folder: join(plan.state, "builds"),
      registry,
      credentials,
      allCredentials: () => accounts.all(),
      mayPush,
      pushed: touched,
      named: (references) => {
        for (const reference of references) keeper.forget(reference);
      },
      smokeTest: lookedInto(createTrial({ driver, config, clock, trials: options.trials }), driver.images, keeper),
      defaultBase: () => config().server.image,
      ensureBase: async (reference, signal) => (await keeper.ensure(reference, { signal })).reference,
      hostRoot: plan.hostRoot,
      buildMounts: driver.kind === "podman",
      clock,
      log,
    }),
  );

  const imageDesk = createImageDesk({
    images: driver.images,
    exclusive: driver.kind === "podman",
    keeper,
    config,
    running: async () =>
      (await servers.listActive()).map(({ user, name, state, image }) => ({ user, server: name, state, image })),
    built: { reference: options.builtReference, replaceable: isReplaceable },
    ownRegistry: own,
    registry,
    client: (address) => clients.at(address),
    credentials,
    mayPush,
    touched,
    disk: diskOf(plan),
    lastRuns,
    oldestBuild: () => builds.oldestUnderWay(),
    clock,
    log,
  });

  const noteUse = (image: string): void => {
    void driver.images
      ?.inspect(image)
      .then((info) => (info === undefined ? undefined : lastRuns.note([info.id])))
      .catch((error: unknown) => log.warn({ err: error }, "it could not be noted which image was used"));
  };
  closing.defer(
    servers.subscribe(({ server: { state, image } }) => {
      if ((state === "ready" || state === "stopping") && image !== null) noteUse(image);
    }),
  );
  // Fetched for later: else a clean-up would take it before anybody came.
  closing.defer(
    keeper.subscribe(({ state, reference }) => {
      if (state === "ready") noteUse(reference);
    }),
  );
  return { builds, imageDesk };
}

/** A trial after which it is known which jupyterhub is in the image: else the first person who starts it waits for that look. */
export function lookedInto(
  trial: SmokeTest,
  images: Pick<EngineImages, "inspect"> | undefined,
  keeper: Pick<ImageKeeper, "suits">,
): SmokeTest {
  return async (reference, request) => {
    await trial(reference, request);
    const { signal } = request;
    const info = await images?.inspect(reference, signal);
    if (info === undefined) return;
    // What the trial let pass is judged at a start, by what is started then.
    await keeper.suits({ id: info.id, reference }, { ownCommand: true, signal }).catch(() => undefined);
    signal.throwIfAborted();
  };
}

/** A folder on the disk with the engine's images. A hub in a container sees nothing of Docker's, and has a home in memory. */
export function diskOf({ engine, hostRoot, state }: ImageWorkOptions["plan"]): string | undefined {
  if (engine.kind === "process") return undefined;
  const contained = hostRoot !== "";
  if (engine.kind === "docker") return contained ? undefined : "/var/lib/docker";
  return contained ? state : homedir();
}
