/** Unit files in the account's home: what differs is written, what nobody asks for any more is stopped and removed. */
import { join } from "node:path";
import { needHostAccount } from "../host/find-account.ts";
import type { HostUser } from "../host/port.ts";
import type { HostState } from "../host/state.ts";
import { diffLines } from "../plan/diff.ts";
import { sameContent } from "../plan/situation.ts";
import { mountedFolders, type Situation, type Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { OWN_FILES, QUADLET_FOLDER, TRUST_FOLDER, UNIT_FOLDER } from "../plan/unit-texts.ts";
import { userctl } from "./as-account.ts";
import { makeMountedFolders } from "./mounted-folders.ts";

/** Ours of the files that tell Podman about registries. */
const TRUST_FILE = "hublet.conf";

export function planUnits(target: Target, situation: Situation): PlannedStep[] {
  const { home, account } = target.deployment;
  const { state } = situation;
  const changed = Object.entries(target.units).filter(([path, text]) => {
    const file = state.files[join(home, path)];
    return (
      !sameContent(file, text) ||
      ((file?.mode ?? 0) & 0o7777) !== modeOf(target, path) ||
      file?.uid !== state.account?.uid
    );
  });
  const stale = staleUnits(target, state);
  const folders = mountedFolders(target).filter((path) => state.files[path] === undefined);
  if (changed.length + stale.length + folders.length === 0) return [];
  return [
    {
      kind: "units",
      title: [
        ...changed.map(([path]) => `${state.files[join(home, path)] === undefined ? "add" : "change"} ${nameOf(path)}`),
        ...stale.map((path) => `remove ${nameOf(path)}`),
        ...(changed.length + stale.length === 0 ? [`make ${folders.join(", ")}`] : []),
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
        await makeMountedFolders(run, user, target);
        await run.host.writeFiles(
          changed.map(([path, content]) => ({ path: join(home, path), content, mode: modeOf(target, path) })),
          { as: user },
        );
        await removeUnits(run, user, stale);
        if ([...changed.map(([path]) => path), ...stale].some((path) => path.endsWith(`${TRUST_FOLDER}/${TRUST_FILE}`)))
          await tellPodman(run, user);
      },
    },
  ];
}

/** Has a Podman that serves read its registries again; its containers go on. */
async function tellPodman(run: StepRun, user: HostUser): Promise<void> {
  // Only itself: helpers of containers live in its control group. One that does not run now reads them when it starts.
  await run.host.run(["systemctl", "--user", "kill", "--kill-who=main", "--signal=HUP", "podman.service"], {
    as: user,
  });
}

/** Stops units, removes their and other files, and has systemd forget them. */
export async function removeUnits(run: StepRun, account: HostUser, files: readonly string[]): Promise<void> {
  for (const unit of files.filter(isUnit).map(unitOf)) {
    // A unit of which systemd knows nothing cannot be stopped, and need not be.
    await userctl(run, account, unit.endsWith(".service") ? ["stop", unit] : ["disable", "--now", unit]).catch(() =>
      run.signal.throwIfAborted(),
    );
  }
  await run.host.remove(files, { as: account });
  await userctl(run, account, ["daemon-reload"]);
}

/** Files of ours that nobody asks for any more. Absolute paths, sockets and timers first: they would start again what they belong to. */
export function staleUnits({ deployment, units }: Pick<Target, "deployment" | "units">, state: HostState): string[] {
  const { home } = deployment;
  return OWN_FILES.flatMap(([folder, name]) => {
    const place = join(home, folder);
    return (state.listings[place] ?? []).filter(
      (path) => name.test(path.slice(place.length + 1)) && units[path.slice(home.length + 1)] === undefined,
    );
  });
}

/** Units may name folders of people: the account's alone to read. What a container mounts is for its own accounts, too. */
function modeOf({ modes }: Target, path: string): number {
  return modes[path] ?? (isUnit(`/${path}`) ? 0o600 : 0o644);
}

function isUnit(file: string): boolean {
  return [UNIT_FOLDER, QUADLET_FOLDER].some((folder) => file.includes(`/${folder}/`));
}

/** The unit that systemd has for a file: Quadlet makes a service of each container. */
function unitOf(path: string): string {
  return nameOf(path).replace(/\.container$/, ".service");
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
