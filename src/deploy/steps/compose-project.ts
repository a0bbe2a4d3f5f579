/** `compose.yaml` in root's records, what its containers mount from there, and `.env` with what this host alone knows. */
import { join } from "node:path";
import { COMPOSE_FILE, containerName, ENV_FILE } from "../docker/project.ts";
import { envText, hostVariables } from "../docker/variables.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import { diffLines } from "../plan/diff.ts";
import { sameContent } from "../plan/situation.ts";
import { mountedFolders, type Situation, type Target } from "../plan/target.ts";
import type { PlannedStep } from "../plan/types.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { makeMountedFolders } from "./mounted-folders.ts";

/** One step: what differs is written, and containers of services that nobody asks for any more are removed. */
export function planCompose(target: Target, { state }: Situation): PlannedStep[] {
  const { deployment, units } = target;
  const { account, engine, records } = deployment;
  if (engine.kind !== "docker") return [];
  const place = (path: string): string => join(records, path);
  const changed = Object.entries(units).filter(([path, text]) => !sameContent(state.files[place(path)], text));
  const folders = mountedFolders(target).filter((path) => state.files[path] === undefined);
  const env = state.contents[place(ENV_FILE)];
  const wished = Object.keys(readUnits(units).images);
  const before = state.contents[place(COMPOSE_FILE)];
  const stale = before === undefined ? [] : Object.keys(readUnits({ [COMPOSE_FILE]: before }).images);
  const gone = stale.filter((name) => !wished.includes(name));
  if (changed.length + folders.length === 0 && env !== undefined) return [];
  const words = [
    ...changed.map(([path]) => `${state.files[place(path)] === undefined ? "add" : "change"} ${path}`),
    ...(env === undefined ? [`add ${ENV_FILE}`] : []),
    ...gone.map((name) => `remove ${name}`),
    ...(changed.length === 0 && env !== undefined ? [`make ${folders.join(", ")}`] : []),
  ];
  return [
    {
      kind: "units",
      title: `${words.join(", ")} in ${records}`,
      diff: changed.flatMap(([path, text]) =>
        state.files[place(path)] === undefined
          ? [`+ ${place(path)}`]
          : [`~ ${place(path)}`, ...diffLines(state.contents[place(path)] ?? "", text).map((line) => `  ${line}`)],
      ),
      disturbs: undefined,
      run: async (run) => {
        const user = await needHostAccount(run.host, account);
        await makeMountedFolders(run, user, target);
        for (const name of gone)
          await engineFor(deployment).attempt(run, user, ["rm", "--force", containerName(account, name)]);
        const variables = await hostVariables(run.host, user, engine.socket);
        await run.host.writeFiles([
          ...changed.map(([path, content]) => ({
            path: place(path),
            content,
            // What a container mounts is for its own accounts, too; the folder around it is root's alone.
            mode: path === COMPOSE_FILE ? 0o600 : 0o644,
          })),
          { path: place(ENV_FILE), content: envText(variables), mode: 0o600 },
        ]);
      },
    },
  ];
}
