/** How to speak to registries, as the configuration says now, the hub's own included. */
import type { ConfigSnapshot } from "../../config/index.ts";
import type { RegistryConnection, RegistryCredentials } from "../registry/types.ts";
import type { OwnRegistry } from "../registry-server/own-registry.ts";

export interface RegistryAccounts {
  /** For the registry's client. */
  connection(address: string): RegistryConnection;
  /** Undefined: no sign-in. */
  credentialsFor(address: string): RegistryCredentials | undefined;
  /** Of every registry that wants a sign-in, by address. */
  all(): Readonly<Record<string, RegistryCredentials>>;
}

/** @param own the hub's own registry, whose password is in no configuration */
export function registryAccounts(
  snapshot: () => Pick<ConfigSnapshot, "config" | "secret" | "authorities">,
  own: Pick<OwnRegistry, "address" | "credentials"> | undefined,
): RegistryAccounts {
  const isOwn = (address: string) => own !== undefined && aliasesOf(own.address).includes(address);

  function credentialsFor(address: string): RegistryCredentials | undefined {
    if (own !== undefined && isOwn(address)) return own.credentials;
    const { config, secret } = snapshot();
    const said = config.registries[keyOf(config.registries, address)];
    if (said?.username === undefined || said.password === undefined) return undefined;
    return { username: said.username, password: secret(said.password) };
  }

  return {
    credentialsFor,
    connection(address) {
      const { config, authorities } = snapshot();
      const key = keyOf(config.registries, address);
      return {
        address,
        credentials: credentialsFor(address),
        certificate: authorities.get(key),
        insecure: isOwn(address) || (config.registries[key]?.insecure ?? false),
      };
    },
    all() {
      const addresses = [...Object.keys(snapshot().config.registries), ...(own === undefined ? [] : [own.address])];
      const found: Record<string, RegistryCredentials> = {};
      for (const address of addresses) {
        const credentials = credentialsFor(address);
        if (credentials !== undefined) found[address] = credentials;
      }
      return found;
    },
  };
}

/** Docker Hub is written in three ways. */
function keyOf(registries: Readonly<Record<string, unknown>>, address: string): string {
  const hub = ["docker.io", "index.docker.io", "registry-1.docker.io"];
  if (!hub.includes(address)) return address;
  return hub.find((name) => name in registries) ?? address;
}

/** People write `127.0.0.1:5000` for `localhost:5000`. */
function aliasesOf(address: string): string[] {
  return [address, address.replace(/^localhost:/, "127.0.0.1:"), address.replace(/^127\.0\.0\.1:/, "localhost:")];
}
