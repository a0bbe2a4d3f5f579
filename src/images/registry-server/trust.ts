/** Which registries an engine is to speak to without TLS or by an authority of their own, as Podman is told. */
import type { Config } from "../../contract/index.ts";

export interface RegistryTrust {
  /** Addresses without TLS, or whose certificate is not looked at. */
  readonly insecure: readonly string[];
  /** PEM by address. */
  readonly authorities: ReadonlyMap<string, string>;
}

/** @param registry the own one as it runs; what the file says of it may wait for a restart */
export function registryTrust(
  { config, authorities }: { readonly config: Config; readonly authorities: ReadonlyMap<string, string> },
  registry: { readonly port: number } | undefined,
): RegistryTrust {
  const own = registry === undefined ? [] : [`localhost:${registry.port}`, `127.0.0.1:${registry.port}`];
  const others = Object.entries(config.registries).flatMap(([address, { insecure }]) => (insecure ? [address] : []));
  return { insecure: [...new Set([...own, ...others.toSorted()])], authorities };
}

/** Parts of containers-registries.conf(5), also as a file of a drop-in folder. */
export function registryBlocks(insecure: readonly string[]): string {
  return insecure
    .map((location) => `\n[[registry]]\nlocation = ${JSON.stringify(location)}\ninsecure = true\n`)
    .join("");
}
