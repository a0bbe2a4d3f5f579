/** What engine and proxy themselves say about a hub's servers, asked past the hub. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "undici";
import { statePaths } from "../../src/cli/index.ts";
import { hubIdOf } from "./hub.ts";

/** Ids of the hub's containers, running or not. @param socketPath the engine's; that of the running hub when absent */
export async function containersOf(state: string, socketPath = statePaths(state).engineSocket): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`hublet.hub=${await hubIdOf(state)}`] }));
  const containers = (await ask(socketPath, `/v1.41/containers/json?all=true&filters=${filters}`)) as {
    Id: string;
    State: string;
  }[];
  return containers.map(({ Id, State }) => (State === "running" ? Id : `${Id} (${State})`));
}

/** Targets by path, each path with its trailing slash. */
export async function routesOf(state: string): Promise<Record<string, string>> {
  const paths = statePaths(state);
  const token = readFileSync(join(paths.secrets, "proxy.token"), "utf8").trim();
  const routes = (await ask(paths.proxyApiSocket, "/api/routes", { authorization: `token ${token}` })) as Record<
    string,
    { target: string }
  >;
  return Object.fromEntries(
    Object.entries(routes).map(([path, { target }]) => [path.endsWith("/") ? path : `${path}/`, target]),
  );
}

async function ask(socketPath: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const client = new Client("http://localhost", { socketPath });
  try {
    const answer = await client.request({ method: "GET", path, headers, signal: AbortSignal.timeout(20_000) });
    return await answer.body.json();
  } finally {
    await client.destroy();
  }
}
