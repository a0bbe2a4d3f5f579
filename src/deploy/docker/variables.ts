/** What `.env` holds: of a host alone, and so in no rendered file. */
import type { Host, HostUser } from "../host/port.ts";
import { projectOf } from "./project.ts";

/** Prints the group of the socket $1, and how mounts under / spread. */
const ASK = `stat -L -c %g -- "$1" || echo 0
if awk '$5 == "/" { print $7 }' /proc/self/mountinfo | grep -q shared; then echo rslave; else echo rprivate; fi`;

/** @param socket Docker's, on the host */
export async function hostVariables(
  host: Host,
  { name, uid, gid }: HostUser,
  socket: string,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await host.mustRun(["sh", "-c", ASK, "sh", socket]);
  const [group = "0", mounts = "rprivate"] = stdout.trim().split("\n");
  return variablesOf({ name, uid, gid }, { group, mounts });
}

export function variablesOf(
  account: Pick<HostUser, "name" | "uid" | "gid">,
  { group, mounts }: { readonly group: string; readonly mounts: string },
): ReadonlyMap<string, string> {
  return new Map([
    ["COMPOSE_PROJECT_NAME", projectOf(account.name)],
    ["HUBLET_UID", String(account.uid)],
    ["HUBLET_GID", String(account.gid)],
    ["HUBLET_ENGINE_GID", group],
    // Docker refuses rslave where the root folder itself is a private mount.
    ["HUBLET_MOUNTS", mounts],
  ]);
}

export function envText(variables: ReadonlyMap<string, string>): string {
  return `# Written by “hublet apply”, for Compose.\n${[...variables].map(([name, value]) => `${name}=${value}\n`).join("")}`;
}
