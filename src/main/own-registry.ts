/** The hub's own registry: its password file as the hub's key says, and how its space is freed. */
import { type LaunchPlan, readSecret, type StatePaths } from "../cli/index.ts";
import type { Config, RegistryConfig } from "../contract/index.ts";
import { createOwnRegistry, holdOtherLoopback, type OwnRegistry, openRegistryPlaces } from "../images/index.ts";
import { type Clock, type ClosingStack, HubError, Secret } from "../kernel/index.ts";
import { cleanRegistry } from "./supervised.ts";

export interface ServedRegistry extends OwnRegistry {
  /**
   * Frees the space of deleted images; the registry is away for as long as that takes.
   * @throws HubError `registry-refused`
   */
  clean(): Promise<{ readonly freedBytes: number; readonly note: string | undefined }>;
}

/** @param options `started`: what the hub was started with; undefined: it has none */
export async function openOwnRegistry(
  options: {
    readonly plan: LaunchPlan;
    readonly paths: StatePaths;
    readonly started: RegistryConfig | undefined;
    readonly config: () => Config;
    readonly clock: Clock;
  },
  closing: ClosingStack,
): Promise<ServedRegistry | undefined> {
  const { plan, paths, started, config, clock } = options;
  if (started === undefined || plan.engine.kind === "process") return undefined;
  const password = new Secret(readSecret(paths, "registry.password"));
  openRegistryPlaces(plan.state, password);
  const held = await holdOtherLoopback(started.port);
  if (held !== undefined) closing.add(held);
  const registry = createOwnRegistry({
    port: started.port,
    state: plan.state,
    password,
    config: () => config().registry,
    clock,
  });
  return Object.assign(registry, {
    clean: async () => {
      if (process.send === undefined)
        throw new HubError(
          "registry-refused",
          "Under systemd the registry is cleaned from outside: run “hublet image gc-registry” as root on the host.",
        );
      const before = await registry.usedBytes();
      const note = await cleanRegistry();
      registry.forgetUsed();
      return { freedBytes: Math.max(0, before - (await registry.usedBytes())), note };
    },
  });
}
