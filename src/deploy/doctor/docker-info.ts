/** What `docker info` says, as far as the checks ask. */
import { z } from "zod";
import type { Facts } from "./facts.ts";

const schema = z
  .object({
    LiveRestoreEnabled: z.boolean(),
    Driver: z.string(),
    DockerRootDir: z.string(),
    SecurityOptions: z.array(z.string()).nullable(),
    MemoryLimit: z.boolean(),
    CpuCfsQuota: z.boolean(),
    PidsLimit: z.boolean(),
    CgroupVersion: z.string().default("1"),
  })
  .transform(({ LiveRestoreEnabled, Driver, DockerRootDir, SecurityOptions, ...cgroups }) => ({
    liveRestore: LiveRestoreEnabled,
    driver: Driver,
    /** Folder of its images, containers and volumes. */
    root: DockerRootDir,
    security: SecurityOptions ?? [],
    /** Which limits of containers hold. */
    limits: { memory: cgroups.MemoryLimit, cpus: cgroups.CpuCfsQuota, processes: cgroups.PidsLimit },
    /** Version of the control groups: “1” or “2”. */
    cgroups: cgroups.CgroupVersion,
  }));
export type DockerInfo = z.output<typeof schema>;

/** Undefined when Docker did not answer. */
export function dockerInfo(facts: Facts): DockerInfo | undefined {
  try {
    return schema.safeParse(JSON.parse(facts.part("docker-info") ?? "")).data;
  } catch {
    return undefined; // an error's words
  }
}
