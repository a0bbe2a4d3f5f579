import type { Capabilities } from "../port.ts";

/** Processes are for development: nothing is enforced, and that is said. */
export const PROCESS_CAPABILITIES: Capabilities = {
  memoryLimit: false,
  cpuLimit: false,
  pidsLimit: false,
  networkIsolation: false,
  rootless: true,
  notes: [
    "Servers are plain processes of this account: they can read each other's files and ports, and the hub's. For development only.",
    "Memory, CPU and process limits are not enforced for processes. Use Podman or Docker.",
    "Processes have no mounts: a server whose person gets one does not start, unless the mount is optional. Use Podman or Docker.",
    "Read-only roots and images do not apply to processes; volumes are plain folders.",
  ],
};
