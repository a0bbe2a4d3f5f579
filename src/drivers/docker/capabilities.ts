import { type EngineClient, type EngineFacts, infoAnswer, limitNotes, refused } from "../engine/index.ts";

/** Asks Docker, whose `/info` is true about limits: it looks at the cgroup controllers it can write. */
export async function readDockerFacts(client: EngineClient): Promise<EngineFacts> {
  const info = await client.json(infoAnswer, { method: "GET", path: "/info" }, (answer) =>
    refused(client, "describe itself", answer),
  );
  const rootless = info.SecurityOptions.some((option) => option.includes("name=rootless"));
  const writable = info.CgroupDriver !== "none";
  const enforced = {
    memoryLimit: writable && info.MemoryLimit,
    cpuLimit: writable && info.CpuCfsQuota,
    pidsLimit: writable && info.PidsLimit,
  };
  const notes = limitNotes(enforced, "Docker finds no such cgroup controller that it may write on this host.");
  if (!rootless) {
    notes.push("Docker runs as root here: whoever may use its socket has the host. Rootless Podman is safer.");
  }
  return {
    capabilities: { ...enforced, networkIsolation: true, rootless, notes },
    isolation: { kind: "bridge" },
    swapLimit: enforced.memoryLimit && info.SwapLimit,
  };
}
