/** How servers reach the hub's API; the composition root picks one for its driver. */
import { chmod, copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HubReach } from "./ports.ts";

/** Where the folder with the hub's socket appears in every server of protocol `jupyterhub`. */
export const MOUNT_POINT = "/run/hublet";
const BRIDGE = "hub-bridge.py";
/** Port inside the server's own network namespace: nobody else has one there. */
const BRIDGE_PORT = 8081;
/** Name of the socket that the hub listens on inside the folder. */
export const REACH_SOCKET = "hub.sock";

/**
 * For containers: a folder that holds nothing but the hub's socket (`hub.sock`, which the hub makes and opens to everybody: the folder
 * above keeps others out) and a small bridge to it. No port of the host, and no neighbour, is reachable by it, whatever the network.
 * @param folder absolute path; made with mode 0755, since servers run as users of their own
 */
export async function socketReach(folder: string, baseUrl: string): Promise<HubReach> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  // Renamed into place: a server that starts meanwhile reads either the old program or the new one.
  const temporary = join(folder, `.${BRIDGE}.${process.pid}`);
  await copyFile(fileURLToPath(new URL(`./bridge/${BRIDGE}`, import.meta.url)), temporary);
  await chmod(temporary, 0o644);
  await rename(temporary, join(folder, BRIDGE));
  return {
    apiUrl: `http://127.0.0.1:${BRIDGE_PORT}${baseUrl}hub/api`,
    mounts: [{ kind: "bind", source: folder, target: MOUNT_POINT, readOnly: true }],
    // -I -S -E: nothing of the image's Python set-up is read, which halves the time to start.
    wrapCommand: (command) => ["python3", "-ISE", `${MOUNT_POINT}/${BRIDGE}`, "--", ...command],
  };
}

/** For local processes: the hub's API listens on loopback. @param origin `http://127.0.0.1:8081` */
export function directReach(origin: string, baseUrl: string): HubReach {
  return { apiUrl: `${origin}${baseUrl}hub/api`, mounts: [], wrapCommand: (command) => command };
}
