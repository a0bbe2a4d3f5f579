/** Checks of rootless Podman and of the account's systemd: there is nothing to look at where Docker runs everything. */
const PODMAN_ONLY: ReadonlySet<string> = new Set([
  ...["cgroup-version", "cgroup-delegation", "manager-settings", "selinux-labels"],
  ...["linger", "user-manager", "runtime-folder", "user-bus", "podman-socket"],
  ...["subid-range", "subid-overlap", "id-mapping-tools", "user-namespaces", "id-mapping-stale"],
  ...["podman-version", "podman-state", "container-runtime", "cgroup-manager"],
  ...["storage-driver", "storage-place", "mount-options", "open-files", "journal"],
  ...["network-helper", "network-backend", "packet-filter", "resolver", "low-ports"],
  ...["units-changed", "units-restart", "units-failed", "containers-running", "podman-secrets", "leftover-containers"],
  ...["container-limits", "container-volume", "container-dns", "container-hub", "image-jupyterhub"],
]);

export function isPodmanOnly(id: string): boolean {
  return PODMAN_ONLY.has(id);
}
