/** Registries as the hub works with them: its own, how to sign in at others, and the catalogue that people choose from. */
import type { ConfigSnapshot } from "../config/index.ts";
import {
  type Catalogue,
  type CatalogueLog,
  catalogueSettings,
  createCatalogue,
  createRegistryClients,
  parseReference,
  type RegistryAccounts,
  type RegistryClients,
  registryAccounts,
} from "../images/index.ts";
import type { Clock, ClosingStack } from "../kernel/index.ts";
import type { ServedRegistry } from "./own-registry.ts";

export interface RegistriesOptions {
  /** The hub's own. */
  readonly own: ServedRegistry | undefined;
  readonly snapshot: () => ConfigSnapshot;
  readonly clock: Clock;
  readonly log: CatalogueLog;
}

export interface Registries {
  /** Undefined: the hub was started without one. */
  readonly own: ServedRegistry | undefined;
  readonly accounts: RegistryAccounts;
  readonly clients: RegistryClients;
  readonly catalogue: Catalogue;
  /** What a registry has under an image's name now. @throws HubError `registry-unreachable`, `registry-refused` */
  digestOf(reference: string, signal: AbortSignal): Promise<string | undefined>;
}

export function openRegistries(options: RegistriesOptions, closing: ClosingStack): Registries {
  const { own, snapshot, clock, log } = options;
  const config = () => snapshot().config;
  const accounts = registryAccounts(snapshot, own);
  const clients = closing.add(createRegistryClients({ connection: accounts.connection, clock }));
  const catalogue = closing.add(
    createCatalogue({
      // What the configuration says of its own registry by now holds from the next start on.
      settings: () => catalogueSettings({ ...config(), registry: undefined }, own?.address),
      client: (address) => clients.at(address),
      clock,
      log,
    }),
  );
  return { own, accounts, clients, catalogue, digestOf };

  async function digestOf(reference: string, signal: AbortSignal): Promise<string | undefined> {
    const { domain, path, tag, digest } = parseReference(reference);
    return (await clients.at(domain)).digest(path, digest ?? tag ?? "latest", signal);
  }
}
