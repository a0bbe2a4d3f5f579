/**
 * The deployment's own registry: on the host's loopback, so that the engine reaches it as people's tools do. It sees its
 * images and its password file, and nothing else of the host.
 */
import { join } from "node:path";
import { registryConfig, registryPlaces } from "../../images/index.ts";
import type { ContainerUnit } from "./deployment.ts";

export const REGISTRY = "hublet-registry";
const DATA = "/var/lib/registry";
const SETTINGS = "/auth";
const CONFIG = "/etc/docker/registry/config.yml";

export function registryContainer(image: string, { state }: { readonly state: string }, port: number): ContainerUnit {
  const places = registryPlaces(state);
  const volume = (source: string, target: string, readOnly: boolean) => ({
    ...{ source, target, readOnly, owned: false, propagation: "private" as const, relabel: true },
  });
  // Another level of the hub's log must not end what is being pushed.
  const options = { port, storage: DATA, htpasswd: join(SETTINGS, "htpasswd"), logLevel: "info" as const };
  return {
    name: REGISTRY,
    description: "Hublet's registry of images",
    image,
    command: ["serve", CONFIG],
    // The standard image says where its images are as well; without a collector, it must not look for one (version 3).
    environment: { OTEL_TRACES_EXPORTER: "none" },
    volumes: [volume(places.data, DATA, false), volume(places.settings, SETTINGS, true)],
    network: "host",
    secrets: [],
    user: undefined,
    readOnlyRoot: true,
    tmpfs: ["/tmp"],
    engine: false,
    unconfined: false,
    after: [],
    sockets: [],
    restart: true,
    stopSeconds: 10,
    schedule: undefined,
    successCodes: [],
    readyCommand: undefined,
    files: [{ target: CONFIG, content: registryConfig(options) }],
  };
}
