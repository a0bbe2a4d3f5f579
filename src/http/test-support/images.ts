/** Desk and builds of a hub in tests, over an engine's images or over none. */
import { join } from "node:path";
import { type Config, configSchema } from "../../contract/index.ts";
import type { EngineImages } from "../../drivers/index.ts";
import { createBuilds, createImageDesk, openLastRuns } from "../../images/index.ts";
import { systemClock } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";

const QUIET = { info: () => undefined, warn: () => undefined };

/** @param folder state folder of the hub */
export async function imagesOfHouse(
  folder: string,
  images: EngineImages | undefined,
): Promise<Pick<HubServices, "builds" | "imageDesk">> {
  const common = {
    ...{ images, clock: systemClock, log: QUIET },
    registry: () => undefined,
    credentials: () => undefined,
  };
  const config: Config = configSchema.parse({});
  const builds = await createBuilds({
    ...common,
    folder: join(folder, "builds"),
    allCredentials: () => ({}),
    mayPush: async () => undefined,
    pushed: () => undefined,
    named: () => undefined,
    smokeTest: async () => undefined,
    defaultBase: () => config.server.image,
    ensureBase: async (reference) => reference,
    hostRoot: folder,
    buildMounts: false,
  });
  const imageDesk = createImageDesk({
    ...common,
    exclusive: true,
    keeper: {
      ensure: async () => {
        throw new Error("nothing is fetched here");
      },
      forget: () => undefined,
      jupyterhubOf: () => undefined,
    },
    config: () => config,
    running: async () => [],
    built: { reference: undefined, replaceable: () => false },
    ownRegistry: undefined,
    client: () => {
      throw new Error("there is no registry here");
    },
    mayPush: async () => undefined,
    touched: () => undefined,
    disk: folder,
    lastRuns: await openLastRuns(join(folder, "images-used.json"), systemClock),
    oldestBuild: () => builds.oldestUnderWay(),
  });
  return { builds, imageDesk };
}
