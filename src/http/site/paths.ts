/** Paths of the hub's pages around a server (contract 1.8), with its names escaped. */
import { type ServerName, type UserName, urlName } from "../../kernel/index.ts";

interface Named {
  readonly user: UserName;
  readonly name: ServerName;
}

/** `HUB spawn/P(user)[/P(server)]` */
export function spawnPath(baseUrl: string, server: Named): string {
  return `${baseUrl}hub/spawn/${namesOf(server)}`;
}

/** `HUB spawn-pending/P(user)[/P(server)]` */
export function pendingPath(baseUrl: string, server: Named): string {
  return `${baseUrl}hub/spawn-pending/${namesOf(server)}`;
}

function namesOf({ user, name }: Named): string {
  return name === "" ? urlName(user) : `${urlName(user)}/${urlName(name)}`;
}
