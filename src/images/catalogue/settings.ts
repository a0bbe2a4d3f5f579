import type { Config } from "../../contract/index.ts";
import { registryAddress } from "../registry-server/config.ts";
import type { CatalogueSettings } from "./types.ts";

/** What is offered, by the configuration: on by itself with a registry of the hub's own. Undefined: there is no catalogue. */
export function catalogueSettings(config: Pick<Config, "catalogue" | "registry">): CatalogueSettings | undefined {
  const { catalogue, registry } = config;
  const address = catalogue?.registry ?? (registry === undefined ? undefined : registryAddress(registry));
  if (address === undefined) return undefined;
  return {
    registry: address,
    repositories: catalogue?.repositories ?? ["*"],
    prefer: catalogue?.prefer ?? [],
    everyone: catalogue?.everyone ?? true,
  };
}
