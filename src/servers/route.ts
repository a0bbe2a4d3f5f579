import { fullServerName } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import type { Route } from "./ports.ts";
import { gateToken, prefixOf, type Room } from "./room.ts";

/** The proxy's route of a server that answers at `url` (contract 8). */
export function routeOf(room: Pick<Room, "baseUrl" | "gateKey">, row: ServerRow, url: string): Route {
  const data: Record<string, unknown> = { user: row.user, server_name: row.name };
  if (row.protocol === "http" && row.gate !== null) {
    const { epoch } = row.gate;
    data.gate = { server: fullServerName(row.user, row.name), epoch };
    // Any local account of the host can reach the server's port: this token is what they lack.
    data.headers = { Authorization: `token ${gateToken(room.gateKey, row, epoch).reveal()}` };
  }
  return { spec: prefixOf(room, row), target: url, data };
}

/** The proxy shows what `wanted` says. Headers are not compared: a proxy need not show secrets. */
export function sameRoute(wanted: Route, found: Route | undefined): boolean {
  if (found === undefined || found.target.replace(/\/$/, "") !== wanted.target.replace(/\/$/, "")) return false;
  return ["user", "server_name", "gate", "hub"].every(
    (key) => JSON.stringify(found.data[key]) === JSON.stringify(wanted.data[key]),
  );
}
