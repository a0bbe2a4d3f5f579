/** Unit files in the account's home: what differs is written, what nobody asks for any more is stopped and removed. */
import { join } from "node:path";
import { needHostAccount } from "../host/find-account.ts";
import { diffLines } from "../plan/diff.ts";
import { sameContent } from "../plan/situation.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep } from "../plan/types.ts";
import { QUADLET_FOLDER, UNIT_FOLDER } from "../plan/unit-texts.ts";
import { userctl } from "./as-account.ts";

/** They may name folders of people: the account's alone to read. */
const MODE = 0o600;
/** Only units of these names are ours to remove. */
const OURS = /^hublet-[a-z0-9-]+\.(container|socket|timer|service)$/;

export function planUnits(target: Target, situation: Situation): PlannedStep[] {
  const { home, account } = target.deployment;
  const { state } = situation;
  const changed = Object.entries(target.units).filter(([path, text]) => {
    const file = state.files[join(home, path)];
    return !sameContent(file, text) || ((file?.mode ?? 0) & 0o7777) !== MODE || file?.uid !== state.account?.uid;
  });
  const stale = staleUnits(target, situation);
  if (changed.length + stale.length === 0) return [];
  return [
    {
      kind: "units",
      title: [
        ...changed.map(([path]) => `${state.files[join(home, path)] === undefined ? "add" : "change"} ${nameOf(path)}`),
        ...stale.map((path) => `remove ${nameOf(path)}`),
      ].join(", "),
      diff: [
        ...changed.flatMap(([path, text]) => {
          const absolute = join(home, path);
          if (state.files[absolute] === undefined) return [`+ ~${account}/${path}`];
          return [
            `~ ~${account}/${path}`,
            ...diffLines(state.contents[absolute] ?? "", text).map((line) => `  ${line}`),
          ];
        }),
        ...stale.map((path) => `- ${path}`),
      ],
      disturbs: undefined,
      run: async (run) => {
        const user = await needHostAccount(run.host, account);
        await run.host.writeFiles(
          changed.map(([path, content]) => ({ path: join(home, path), content, mode: MODE })),
          { as: user },
        );
        for (const path of stale) {
          const unit = unitOf(path);
          // A unit of which systemd knows nothing cannot be stopped, and need not be.
          await userctl(run, user, unit.endsWith(".service") ? ["stop", unit] : ["disable", "--now", unit]).catch(
            () => undefined,
          );
        }
        await run.host.remove(stale, { as: user });
        await userctl(run, user, ["daemon-reload"]);
      },
    },
  ];
}

/** Absolute paths, sockets and timers first: they would start again what they belong to. */
export function staleUnits(
  { deployment, units }: Pick<Target, "deployment" | "units">,
  { state }: Situation,
): string[] {
  const { home } = deployment;
  return [join(home, UNIT_FOLDER), join(home, QUADLET_FOLDER)].flatMap((folder) =>
    (state.listings[folder] ?? []).filter((path) => {
      const name = path.slice(folder.length + 1);
      return OURS.test(name) && units[path.slice(home.length + 1)] === undefined;
    }),
  );
}

/** The unit that systemd has for a file: Quadlet makes a service of each container. */
function unitOf(path: string): string {
  return nameOf(path).replace(/\.container$/, ".service");
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
