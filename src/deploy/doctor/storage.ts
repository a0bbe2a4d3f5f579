/** Where images, volumes and state lie: driver, file system, room. */
import { dockerInfo } from "./docker-info.ts";
import { bytesText, engineName, error, fine, listed, skipped, step, unknown, warning } from "./finding.ts";
import { mountOf, parseMounts } from "./mounts.ts";
import { podmanInfo } from "./podman-info.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

const NETWORK_FILE_SYSTEMS = ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"];

/** Not the engine's own “prune”: that takes images of a rollback, and of people whose server is stopped. */
export const UNUSED_IMAGES = "Images of servers that nobody uses go with: hublet image gc.";

export const storageChecks: readonly Check[] = [
  {
    id: "storage-driver",
    group: "storage",
    title: "Podman's storage shares layers, by the kernel's overlay",
    deep: false,
    async run(context) {
      const info = podmanInfo(context.facts);
      if (info === undefined) return skipped("Podman does not answer; see podman-state.");
      const { graphDriverName: driver, graphOptions, graphStatus } = info.store;
      const conf = `${context.state.account?.home ?? context.target.home}/.config/containers/storage.conf`;
      const reset =
        'Changing it loses the images and volumes that are there: save the volumes first (hublet backup), then set driver = "overlay"';
      if (driver === "vfs")
        return [
          error(
            "Podman's storage driver is vfs: each container is a whole copy of its image.",
            "A server of a 2 GB image takes 2 GB of disk and many seconds to start.",
            {
              advice: `${reset} in ${conf} (or /etc/containers/storage.conf), and run “podman system reset” as the account.`,
            },
          ),
        ];
      if (driver !== "overlay")
        return [
          warning(`Podman's storage driver is ${driver}.`, "Hublet is tried with overlay alone.", {
            advice: `${reset} in ${conf}.`,
          }),
        ];
      const native = String(graphStatus?.["Native Overlay Diff"] ?? "");
      const helper = Object.entries(graphOptions ?? {}).find(([key]) => key.includes("mount_program"));
      if (helper === undefined)
        return fine(`the kernel's overlay${native === "false" ? ", without native diffs" : ""}.`);
      if (!kernelAtLeast(context.state.kernel, 5, 13))
        return fine("fuse-overlayfs, since this kernel's own overlay needs root.");
      return [
        warning(
          "Podman goes through fuse-overlayfs, though this kernel can do without.",
          "Each file is read and written by another program, several times slower.",
          {
            advice: `Remove the line “mount_program” from ${conf} or /etc/containers/storage.conf, stop all containers, and run “podman system reset” as the account; volumes are lost by that, so back up first.`,
          },
        ),
      ];
    },
  },
  {
    id: "storage-place",
    group: "storage",
    title: "storage and state lie on a disk of this host",
    deep: false,
    async run(context) {
      const mounts = parseMounts(context.facts.part("mounts") ?? "");
      const graph = graphRoot(context);
      return [graph, context.target.state].flatMap((path) => {
        const mount = mountOf(mounts, path);
        if (mount === undefined || !NETWORK_FILE_SYSTEMS.includes(mount.type)) return [];
        return [
          error(
            `${path} lies on ${mount.type} (${mount.source}).`,
            "File systems of the network know neither the ids of containers nor the locks of databases: images do not unpack, and files break.",
            {
              advice: `Keep ${context.engine === "docker" ? "Docker's folder (“data-root”) and the account's home" : "the account's home"} on a disk of this host, and mount shared folders into servers instead (server.mounts).`,
            },
          ),
        ];
      });
    },
  },
  {
    id: "mount-options",
    group: "storage",
    title: "the file system of home and storage allows what containers need",
    deep: false,
    async run(context) {
      const mounts = parseMounts(context.facts.part("mounts") ?? "");
      const path = graphRoot(context);
      const mount = mountOf(mounts, path);
      if (mount === undefined) return unknown("the mounts could not be read.");
      const where = `${mount.point}, where ${engineName(context)} keeps its storage,`;
      const bad = [
        ...(mount.options.includes("noexec") ? ["noexec"] : []),
        ...(mount.options.includes("nodev") && podmanInfo(context.facts)?.store.graphDriverName === "vfs"
          ? ["nodev"]
          : []),
      ];
      const findings: Finding[] = [];
      if (mount.options.includes("ro"))
        findings.push(
          error(`${where} is read-only.`, "Nothing can be started or saved.", {
            advice:
              "A file system often becomes read-only after errors of its disk: see “dmesg | tail -50”, check the disk, then mount it writable.",
          }),
        );
      if (bad.length > 0)
        findings.push(
          error(`${where} is mounted ${bad.join(", ")}.`, "Programs of images cannot be run from there.", {
            fix: [step("mount", "-o", "remount,exec", mount.point)],
            advice: `Remove noexec from the line of ${mount.point} in /etc/fstab too, or it comes back at the next boot.`,
            safe: true,
          }),
        );
      if (mount.options.includes("nosuid"))
        findings.push(
          warning(`${where} is mounted nosuid.`, "sudo and ping inside of servers do not work; nothing else is lost.", {
            fix: [step("mount", "-o", "remount,suid", mount.point)],
            advice: `Only where people need sudo in their servers; also change the line of ${mount.point} in /etc/fstab.`,
          }),
        );
      return findings;
    },
  },
  {
    id: "disk-space",
    group: "storage",
    title: "room is left on the disks",
    deep: false,
    async run(context) {
      return await Promise.all(
        disks(context, "space").map(async ({ paths, total, free }) => {
          const share = free / total;
          const problem = `Only ${bytesText(free * 1024)} of ${bytesText(total * 1024)} are free where ${listed(paths)} ${paths.length === 1 ? "lies" : "lie"}.`;
          const why = "A full disk stops every server's saving, and the hub's database with it.";
          const more = {
            advice: `See what takes it: du -xh -d 3 ${context.target.home} | sort -h | tail. ${UNUSED_IMAGES} Nothing is removed by itself.`,
          };
          if (share < 0.03 || free < 1024 * 1024) return [error(problem, why, more)];
          if (share < 0.1 && free < 20 * 1024 * 1024) return [warning(problem, why, more)];
          return [];
        }),
      ).then((all) => all.flat());
    },
  },
  {
    id: "inodes",
    group: "storage",
    title: "the file systems have room for more files",
    deep: false,
    async run(context) {
      return disks(context, "inodes").flatMap(({ paths, total, free }) => {
        // btrfs and others make them as needed and say 0.
        if (total === 0 || free / total >= 0.1) return [];
        const problem = `Only ${free} of ${total} inodes are free where ${listed(paths)} ${paths.length === 1 ? "lies" : "lie"}.`;
        const why =
          "When they are used up no file can be made, though the disk looks empty. Environments of conda and npm have many small files.";
        const advice = `Find who has most: du --inodes -x -d 3 / | sort -n | tail. ${UNUSED_IMAGES}`;
        return [(free / total < 0.02 ? error : warning)(problem, why, { advice })];
      });
    },
  },
  {
    id: "quota-support",
    group: "storage",
    title: "the file system can hold people to a quota",
    deep: false,
    async run(context) {
      const mount = mountOf(parseMounts(context.facts.part("mounts") ?? ""), graphRoot(context));
      if (mount === undefined) return unknown("the mounts could not be read.");
      const project = mount.options.some((option) => ["prjquota", "pquota"].includes(option));
      switch (mount.type) {
        case "xfs":
          return fine(
            project
              ? "project quotas of xfs, switched on."
              : `project quotas of xfs are possible: mount ${mount.point} with prjquota.`,
          );
        case "ext4":
          return fine(
            project
              ? "project quotas of ext4, switched on."
              : `project quotas of ext4 are possible: tune2fs -O project,quota (while unmounted) and the mount option prjquota on ${mount.point}.`,
          );
        case "btrfs":
          return fine(`quota groups of btrfs are possible: btrfs quota enable ${mount.point}.`);
        case "zfs":
          return fine("quotas of zfs are possible, a dataset each.");
        default:
          return fine(
            `${mount.type} has no quota that Hublet could use: one person's files can fill the disk. xfs, ext4 and btrfs have.`,
          );
      }
    },
  },
];

export function graphRoot(context: CheckContext): string {
  const home = context.state.account?.home ?? context.target.home;
  if (context.engine === "docker") return dockerInfo(context.facts)?.root ?? "/var/lib/docker";
  return podmanInfo(context.facts)?.store.graphRoot ?? `${home}/.local/share/containers/storage`;
}

interface Disk {
  readonly paths: readonly string[];
  /** KiB, or inodes. */
  readonly total: number;
  readonly free: number;
}

/** Lines of `df -P` behind the path that was asked for; paths of one file system come together. */
function disks(context: CheckContext, part: "space" | "inodes"): Disk[] {
  const found = new Map<string, Disk>();
  for (const line of context.facts.lines(part)) {
    const match = /^(\S+) \S.*?\s+(\d+)\s+(\d+)\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
    const [, path = "", total = "", , free = "", point = ""] = match ?? [];
    if (match === null) continue;
    const before = found.get(point);
    found.set(point, { paths: [...(before?.paths ?? []), path], total: Number(total), free: Number(free) });
  }
  return [...found.values()];
}

function kernelAtLeast(kernel: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}
