import { type Clock, type Closable, ClosingStack } from "../../kernel/index.ts";
import { createRegistryClient } from "./client.ts";
import type { RegistryClient, RegistryConnection } from "./types.ts";

/** One client for each registry, made anew when its account or certificate has changed. */
export interface RegistryClients extends Closable {
  at(address: string): Promise<RegistryClient>;
}

export interface RegistryClientsOptions {
  /** How to speak to a registry, as the configuration says now; asked at each `at`. */
  readonly connection: (address: string) => RegistryConnection | Promise<RegistryConnection>;
  readonly clock?: Clock;
}

export function createRegistryClients({ connection, clock }: RegistryClientsOptions): RegistryClients {
  const known = new Map<string, { readonly client: RegistryClient; readonly made: RegistryConnection }>();
  return {
    at: async (address) => {
      const now = await connection(address);
      const before = known.get(address);
      if (before !== undefined && isSame(before.made, now)) return before.client;
      const client = createRegistryClient({ ...now, ...(clock === undefined ? {} : { clock }) });
      known.set(address, { client, made: now });
      await before?.client.close();
      return client;
    },
    close: async () => {
      const closing = new ClosingStack();
      for (const { client } of known.values()) closing.add(client);
      known.clear();
      await closing.close();
    },
  };
}

function isSame(a: RegistryConnection, b: RegistryConnection): boolean {
  return (
    a.address === b.address &&
    a.credentials?.username === b.credentials?.username &&
    a.credentials?.password.reveal() === b.credentials?.password.reveal() &&
    a.certificate === b.certificate &&
    (a.insecure ?? false) === (b.insecure ?? false)
  );
}
