import { type EngineClient, type EngineFacts, libpodInfoAnswer, limitNotes, refused } from "../engine/index.ts";
import type { IdRange } from "../port.ts";

/**
 * Asks Podman's own API: its Docker-compatible `/info` claims limits that rootless containers do not get. On cgroup v2 the
 * controllers delegated to the account decide; on cgroup v1, hybrid included, a rootless container gets none at all.
 */
export async function readPodmanFacts(client: EngineClient): Promise<EngineFacts> {
  const info = await client.json(libpodInfoAnswer, { method: "GET", path: "/libpod/info" }, (answer) =>
    refused(client, "describe itself", answer),
  );
  const { rootless } = info.host.security;
  const v2 = info.host.cgroupVersion === "v2";
  const controllers = new Set(info.host.cgroupControllers);
  // Root on cgroup v1 may use every controller that is mounted; Podman lists them only for v2.
  const has = (name: string) => controllers.has(name) || (!v2 && !rootless && controllers.size === 0);
  const enforced = { memoryLimit: has("memory"), cpuLimit: has("cpu"), pidsLimit: has("pids") };
  const notes = limitNotes(enforced, v2 ? NOT_DELEGATED : OLD_CGROUPS);
  if (!rootless)
    notes.push("Podman runs as root here: a break-out of a server would have the host. Rootless is safer.");
  const hostIds = { uids: rangesOf(info.host.idMappings?.uidmap), gids: rangesOf(info.host.idMappings?.gidmap) };
  const highest = hostIds.uids.map(({ inside, count }) => inside + count - 1);
  return {
    capabilities: {
      ...{ ...enforced, networkIsolation: true, rootless, notes },
      ...(rootless && highest.length > 0 ? { highestUid: Math.max(...highest), hostIds } : {}),
    },
    // The Docker-compatible default, `bridge`, would put all servers into one network.
    isolation: rootless ? { kind: "private", mode: info.host.rootlessNetworkCmd ?? "slirp4netns" } : { kind: "bridge" },
    swapLimit: enforced.memoryLimit && v2,
  };
}

type Mapping = { readonly container_id: number; readonly host_id: number; readonly size: number };

function rangesOf(mappings: readonly Mapping[] | null | undefined): IdRange[] {
  return (mappings ?? []).map(({ container_id: inside, host_id: outside, size: count }) => ({
    inside,
    outside,
    count,
  }));
}

const OLD_CGROUPS =
  "this host uses cgroup v1, where containers without root cannot have limits. Boot it with cgroup v2 (systemd.unified_cgroup_hierarchy=1).";
const NOT_DELEGATED =
  "systemd has not delegated this controller to the service account. Set `Delegate=memory cpu pids` for user@.service.";
