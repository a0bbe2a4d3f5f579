/** Registries as the hub works with them: its own, how to sign in at others, and the catalogue that people choose from. */
import type { ConfigSnapshot } from "../config/index.ts";
import {
  type Catalogue,
  type CatalogueLog,
  type CatalogueSettings,
  createCatalogue,
  createRegistryClients,
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
}

export function openRegistries(options: RegistriesOptions, closing: ClosingStack): Registries {
  const { own, snapshot, clock, log } = options;
  const config = () => snapshot().config;
  const accounts = registryAccounts(snapshot, own);
  const clients = closing.add(createRegistryClients({ connection: accounts.connection, clock }));
  const catalogue = closing.add(
    createCatalogue({
      settings: () => catalogueSettings(config(), own?.address),
      client: (address) => clients.at(address),
      clock,
      log,
    }),
  );
  return { own, accounts, clients, catalogue };
}

/** On by itself with a registry of the hub's own, and offers all of it then. */
function catalogueSettings(
  { catalogue }: ConfigSnapshot["config"],
  own: string | undefined,
): CatalogueSettings | undefined {
  const registry = catalogue?.registry ?? own;
  if (registry === undefined) return undefined;
  return { repositories: ["*"], prefer: [], everyone: true, ...catalogue, registry };
}
