/** Frees the space of deleted images in a deployment's own registry: stopped, cleaned by a container of its image, started. */
import { join } from "node:path";
import { holdsIndexes, isEmptyRegistry, registryConfig, registryPlaces } from "../../images/index.ts";
import { HubError } from "../../kernel/index.ts";
import { engineOn } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host } from "../host/port.ts";
import { REGISTRY } from "../model/registry.ts";
import { readApplied } from "../plan/earlier.ts";

/** Milliseconds for a large registry. */
const COLLECT_MS = 60 * 60 * 1000;
/** Beside the password file, which the container sees as well. */
const CONFIG = "collect.yml";

/**
 * Nobody can push or pull meanwhile; what is half-way in is broken off, since it would lose its layers.
 * @param host the one that this runs on
 * @returns whether images for several processors kept what has no tag
 * @throws HubError `not-found` without a registry, `command-failed`
 */
export async function cleanDeployedRegistry(
  host: Host,
  accountName: string,
  signal: AbortSignal,
): Promise<{ readonly indexes: boolean }> {
  const { current } = await readApplied(host, accountName);
  const image = current.images[REGISTRY];
  if (image === undefined)
    throw new HubError("not-found", "This deployment has no registry of its own. Set “registry: {}” and apply that.");
  const account = await needHostAccount(host, accountName);
  const engine = await engineOn(host, accountName);
  const run = { host, signal };
  const places = registryPlaces(join(account.home, "state"));
  const config = registryConfig({ port: 1, storage: "/data", htpasswd: "/settings/htpasswd", logLevel: "warn" });
  if (isEmptyRegistry(places.data)) return { indexes: false };
  await host.writeFiles([{ path: join(places.settings, CONFIG), content: config, mode: 0o600 }], { as: account });
  await host.mustRun(["touch", "--", places.cleaning], { as: account });
  try {
    await engine.stop(run, account, REGISTRY);
    const indexes = await holdsIndexes(places.data);
    const words = [
      ...["run", "--rm", "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"],
      ...(engine.deployed.kind === "docker" ? [`--user=${account.uid}:${account.gid}`] : []),
      `--volume=${places.data}:/data:rw,z`,
      `--volume=${places.settings}:/settings:ro,z`,
      ...[image, "garbage-collect", ...(indexes ? [] : ["--delete-untagged"]), `/settings/${CONFIG}`],
    ];
    await engine.command(run, account, words, { timeout: COLLECT_MS });
    return { indexes };
  } finally {
    await host.remove([places.cleaning, join(places.settings, CONFIG)], { as: account });
    // Also after Ctrl-C: an image that is not there keeps people from their servers.
    await engine.start({ host, signal: AbortSignal.timeout(60_000) }, account, REGISTRY);
  }
}
