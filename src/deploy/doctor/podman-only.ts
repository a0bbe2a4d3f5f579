/** Checks of rootless Podman and of the account's systemd: there is nothing to look at where Docker runs everything. */
const PODMAN_ONLY: ReadonlySet<string> = new Set([
  ...["cgroup-version", "cgroup-delegation", "manager-settings", "selinux-labels"],
  ...["linger", "user-manager", "runtime-folder", "user-bus", "podman-socket"],
  ...["subid-range", "subid-overlap", "id-mapping-tools", "user-namespaces", "id-mapping-stale"],
  ...["podman-version", "podman-state", "container-runtime", "cgroup-manager"],
  ...["storage-driver", "open-files", "journal", "container-limits"],
  ...["network-helper", "network-backend", "packet-filter", "resolver", "low-ports"],
  ...["units-failed", "containers-running", "leftover-containers"],
]);

export function isPodmanOnly(id: string): boolean {
  return PODMAN_ONLY.has(id);
}
