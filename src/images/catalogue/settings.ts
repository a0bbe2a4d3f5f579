import type { Config } from "../../contract/index.ts";
import { registryAddress } from "../registry-server/config.ts";
import type { CatalogueSettings } from "./types.ts";

/**
 * What is offered, by the configuration: on by itself with a registry of the hub's own. Undefined: there is no catalogue.
 * @param own address of the hub's own registry, where it is known to be another than the configuration says by now
 */
export function catalogueSettings(
  config: Pick<Config, "catalogue" | "registry">,
  own = config.registry === undefined ? undefined : registryAddress(config.registry),
): CatalogueSettings | undefined {
  const { catalogue } = config;
  const address = catalogue?.registry ?? own;
  if (address === undefined) return undefined;
  return {
    registry: address,
    repositories: catalogue?.repositories ?? ["*"],
    prefer: catalogue?.prefer ?? [],
    everyone: catalogue?.everyone ?? true,
  };
}
