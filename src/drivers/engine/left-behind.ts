/** Containers of a hub that died while one of them looked into an image, or held a build: each holds its image. */
import { helperListAnswer } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { removeContainer } from "./containers.ts";
import { refused } from "./errors.ts";
import { EXPORT_LABEL } from "./export.ts";

export const PROBE_PREFIX = "hublet-probe-";
export const GUARD_PREFIX = "hublet-build-";

export interface LeftBehind {
  /** Of the hub whose containers they are. */
  readonly hub: string;
  /** Beginnings of their names. */
  readonly prefixes: readonly string[];
  /** Seconds since 1970: what was made before goes. */
  readonly before: number;
}

/** @throws HubError when the engine cannot be asked */
export async function removeLeftBehind(client: EngineClient, { hub, prefixes, before }: LeftBehind): Promise<void> {
  const filters = JSON.stringify({ label: [`${EXPORT_LABEL}=${hub}`] });
  const listed = await client.json(
    helperListAnswer,
    { method: "GET", path: "/containers/json", query: { all: "true", filters } },
    (answer) => refused(client, "list containers", answer),
  );
  for (const { Id, Names, Created } of listed) {
    const name = Names[0]?.replace(/^\//, "") ?? "";
    if (prefixes.some((prefix) => name.startsWith(prefix)) && Created < before) await removeContainer(client, Id);
  }
}

/** What earlier processes of this hub left; builds of theirs are over. @throws HubError as `removeLeftBehind` */
export async function removeOfEarlierProcesses(client: EngineClient, hub: string): Promise<void> {
  const before = Date.now() / 1000 - process.uptime();
  await removeLeftBehind(client, { hub, prefixes: [PROBE_PREFIX, GUARD_PREFIX], before });
}
