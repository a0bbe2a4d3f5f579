/** What `.env` holds: of a host alone, and so in no rendered file. */
import type { Host, HostUser } from "../host/port.ts";
import { projectOf } from "./project.ts";

/** @param socket Docker's, on the host */
export async function hostVariables(
  host: Host,
  account: HostUser,
  socket: string,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await host.mustRun(["stat", "--dereference", "--format=%g", "--", socket]);
  return variablesOf(account, stdout.trim());
}

/** @param engineGroup the group of Docker's socket, by its number */
export function variablesOf(
  account: Pick<HostUser, "name" | "uid" | "gid">,
  engineGroup: string,
): ReadonlyMap<string, string> {
  return new Map([
    ["COMPOSE_PROJECT_NAME", projectOf(account.name)],
    ["HUBLET_UID", String(account.uid)],
    ["HUBLET_GID", String(account.gid)],
    ["HUBLET_ENGINE_GID", engineGroup],
  ]);
}

export function envText(variables: ReadonlyMap<string, string>): string {
  return `# Written by “hublet apply”, for Compose.\n${[...variables].map(([name, value]) => `${name}=${value}\n`).join("")}`;
}
