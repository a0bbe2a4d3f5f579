/** What a host needs for a deployment in its Docker: the daemon, an account that owns the state, folders, open ports. */
import { HubError } from "../../../kernel/index.ts";
import { cronLine } from "../../docker/cron.ts";
import { needHostAccount } from "../../host/find-account.ts";
import type { HostState } from "../../host/state.ts";
import type { DeployedEngine, Deployment } from "../../model/deployment.ts";
import type { PlannedStep } from "../../plan/types.ts";
import { accountSteps } from "./host-account.ts";
import { firewallSteps } from "./host-firewall.ts";
import { accountRecord } from "./host-records.ts";
import type { HostSteps } from "./host-steps.ts";

/** The first whose API and control groups were tried. */
const LEAST_DOCKER = [20, 10] as const;

export function dockerHostSteps(deployment: Deployment, state: HostState): HostSteps {
  const refusal = unsuitableForDocker(deployment.engine, state);
  if (refusal !== undefined) return { steps: [], notes: [], refusal };
  try {
    const account = accountSteps(deployment, state);
    const firewall = firewallSteps(deployment, state);
    return {
      steps: [...account.steps, ...dockerFolderSteps(deployment, state), ...firewall.steps],
      notes: [...account.notes, ...firewall.notes, ...backupNotes(deployment)],
      refusal: undefined,
    };
  } catch (error) {
    if (error instanceof HubError) return { steps: [], notes: [], refusal: error };
    throw error;
  }
}

/** Why this host cannot run it now; nothing is installed: a daemon of root is for its owner to decide. */
function unsuitableForDocker(engine: DeployedEngine, { hostname, commands, docker, distribution }: HostState) {
  const socket = engine.kind === "docker" ? engine.socket : "";
  const install =
    distribution.family === "debian"
      ? "apt-get install docker.io docker-cli (one package, docker.io, up to Debian 12 and on Ubuntu)"
      : distribution.family === "fedora"
        ? "dnf install moby-engine, then systemctl enable --now docker"
        : "the packages of the distribution or of docker.com";
  const why =
    commands.docker === undefined
      ? `the program “docker” is not installed. Install Docker: ${install}.`
      : docker === undefined
        ? `Docker does not answer at ${socket}. Start it (systemctl enable --now docker), install it (${install}), or name its socket by engineSocket in hublet.yaml.`
        : isOlder(docker)
          ? `its Docker ${docker} is older than ${LEAST_DOCKER.join(".")}. Use a newer release.`
          : undefined;
  return why === undefined
    ? undefined
    : new HubError("host-unsuitable", `${hostname} (${distribution.name}) cannot run this deployment: ${why}`);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < LEAST_DOCKER[0] || (major === LEAST_DOCKER[0] && minor < LEAST_DOCKER[1]);
}

/** Home and state are the account's, the records root's; all 0700. */
export function dockerFolderPaths({ home, state, records }: Deployment): readonly string[] {
  return [home, state, records];
}

function dockerFolderSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  const { account: name, home, records, state: stateFolder } = deployment;
  const uid = state.account?.uid;
  const closed = (path: string, owner: number | undefined): boolean => {
    const found = state.files[path];
    return found?.kind === "folder" && found.uid === owner && (found.mode & 0o777) === 0o700;
  };
  // A home that was laid out by others stays as it is.
  const made = state.account === undefined || accountRecord(deployment, state)?.made === true;
  const paths = [
    ...(closed(records, 0) ? [] : [records]),
    ...(made && !closed(home, uid) ? [home] : []),
    ...(closed(stateFolder, uid) ? [] : [stateFolder]),
  ];
  if (paths.length === 0) return [];
  return [
    {
      kind: "folders",
      title: paths.length === 1 ? `make the folder ${paths[0]}` : `make the folders ${paths.join(", ")}`,
      diff: paths.map((path) => `${state.files[path] === undefined ? "+" : "~"} ${path} (mode 0700)`),
      disturbs: undefined,
      run: async ({ host, signal }) => {
        const account = await needHostAccount(host, name);
        if (paths.includes(records)) await host.mustRun(["install", "-d", "-m", "0700", records], { signal });
        if (paths.includes(home)) await host.mustRun(["chmod", "0700", "--", home], { signal });
        // The account makes its own: root does not write where the account could have put a link.
        await host.mustRun(["install", "-d", "-m", "0700", "--", stateFolder], { as: account, signal });
      },
    },
  ];
}

function backupNotes({ containers, records }: Deployment): readonly string[] {
  return containers.flatMap(({ name, schedule }) => {
    if (schedule === undefined) return [];
    const at = /\d\d:\d\d/.exec(schedule)?.[0] ?? schedule;
    return [
      `Docker has no timers: for the backup at ${at}, put this line into root's crontab (it takes Docker Compose): ${cronLine(schedule, records, name)}`,
    ];
  });
}
