/** Takes away what apply made. People's files and the configuration stay, unless they are to be erased. */
import { join } from "node:path";
import { HUB_LABEL, isoTime, systemClock } from "../../kernel/index.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import { dockerWish } from "../docker/wish.ts";
import { engineFor, engineOn } from "../engines/engine-of.ts";
import { findHostAccount, needHostAccount } from "../host/find-account.ts";
import type { Host } from "../host/port.ts";
import { readHostState } from "../host/read-state.ts";
import type { HostState } from "../host/state.ts";
import { PROGRAM_IMAGE } from "../image/types.ts";
import { type DeployedEngine, type Deployment, SECRET_PREFIX } from "../model/deployment.ts";
import { configFolderOf } from "../model/describe.ts";
import { asAccount, podman, userctl } from "../steps/as-account.ts";
import { accountRecord } from "../steps/host/host-records.ts";
import { hostStepsWish, uninstallHostSteps } from "../steps/host/host-steps.ts";
import { giveBackSecrets } from "../steps/secrets.ts";
import { removeUnits, staleUnits } from "../steps/units.ts";
import { isWrapper } from "../steps/wrapper.ts";
import { CURRENT, MISSED_IMAGES, RECIPIENT, type Records, readRecords, recordsOf } from "./records.ts";
import { ENGINE_SOCKET_UNIT, runningServers, WRAPPER } from "./situation.ts";
import type { Plan, PlannedStep } from "./types.ts";
import { uninstallDocker } from "./uninstall-docker.ts";
import { OWN_FILES, readUnits } from "./unit-texts.ts";

export interface UninstallOptions {
  readonly account: string;
  /** People's files, the database, the configuration and the records go as well. */
  readonly eraseData: boolean;
}

/** @throws HubError `host-unreachable`, `command-failed`, `account-unusable` */
export async function planUninstall(host: Host, options: UninstallOptions): Promise<Plan> {
  const { account, eraseData } = options;
  const records = await readRecords(host, recordsOf(account));
  const found = await findHostAccount(host, account);
  const engine = (await engineOn(host, account)).deployed;
  const deployment = bareDeployment(account, found?.home ?? `/var/lib/${account}`, records, engine);
  const docker = dockerWish(deployment);
  const ofHost = hostStepsWish(deployment);
  const state = await readHostState(host, {
    account,
    home: deployment.home,
    files: [
      ...[WRAPPER, deployment.configFolder, deployment.records, join(deployment.records, COMPOSE_FILE)],
      ...ofHost.files,
    ],
    contents: [WRAPPER, ...(docker === undefined ? [] : [docker.launch]), ...ofHost.contents],
    folders: docker === undefined ? OWN_FILES.map(([folder]) => join(deployment.home, folder)) : [docker.secrets],
    units: [ENGINE_SOCKET_UNIT],
    docker,
  });
  return uninstallFor(deployment, state, records, eraseData);
}

/** The plan for a host that was read. @throws HubError why it cannot be taken away */
export function uninstallFor(deployment: Deployment, state: HostState, records: Records, eraseData: boolean): Plan {
  const ofHost = uninstallHostSteps(deployment, state, { eraseData });
  if (ofHost.refusal !== undefined) throw ofHost.refusal;
  const steps = [
    ...(state.account === undefined ? [] : ofEngine(deployment, state, eraseData)),
    ...(isWrapper(state.contents[WRAPPER]) ? [removing("services", WRAPPER, [WRAPPER])] : []),
    ...ofHost.steps,
    ...ofRecords(deployment, state, records, eraseData),
    ...(eraseData && state.files[deployment.configFolder] !== undefined
      ? [removing("configuration", `the configuration in ${deployment.configFolder}`, [deployment.configFolder])]
      : []),
  ];
  const left = `${deployment.engine.kind === "docker" ? `${deployment.home} (state), people's volumes in Docker` : `${deployment.home} (state, people's volumes)`}, ${deployment.configFolder} and ${deployment.records} stay. “hublet apply” takes them up again; --erase-data removes them.`;
  return {
    steps,
    notes: [...ofHost.notes, ...(eraseData || steps.length === 0 ? [] : [left])],
    runningServers: runningServers(state),
  };
}

function ofEngine(deployment: Deployment, state: HostState, eraseData: boolean): PlannedStep[] {
  return (deployment.engine.kind === "docker" ? uninstallDocker : ofAccount)(deployment, state, eraseData);
}

function ofAccount(deployment: Deployment, state: HostState, eraseData: boolean): PlannedStep[] {
  const { home } = deployment;
  const units = staleUnits({ deployment, units: {} }, state);
  const servers = state.containers.filter(({ name, labels }) => labels[HUB_LABEL] !== undefined && name !== "");
  const running = runningServers(state);
  const names = state.podmanSecrets.filter((name) => name.startsWith(SECRET_PREFIX));
  const step = (kind: PlannedStep["kind"], title: string, run: PlannedStep["run"], disturbs?: string): PlannedStep => ({
    ...{ kind, title, diff: [], disturbs, run },
  });
  const steps: PlannedStep[] = [];
  if (units.length > 0)
    steps.push(
      step("units", `stop and remove ${units.map((path) => path.slice(home.length + 1)).join(", ")}`, async (run) => {
        const account = await needHostAccount(run.host, deployment.account);
        await removeUnits(run, account, units);
        await userctl(run, account, ["disable", "--now", ENGINE_SOCKET_UNIT]).catch(() => undefined);
      }),
    );
  if (servers.length > 0)
    steps.push(
      step(
        "services",
        `stop and remove ${servers.length === 1 ? "one server" : `${servers.length} servers`} of people`,
        async (run) => {
          const account = await needHostAccount(run.host, deployment.account);
          await podman(run, account, ["rm", "--force", "--time", "10", ...servers.map(({ name }) => name)], {
            timeout: 300_000,
          });
        },
        running === 0
          ? undefined
          : `${running === 1 ? "One running server is" : `${running} running servers are`} stopped. Files are kept.`,
      ),
    );
  if (names.length > 0)
    steps.push(
      step(
        "secrets",
        `remove the Podman secrets ${names.join(", ")}${eraseData ? "" : `; the keys go back to ${deployment.state}/secrets, so that the data stays usable`}`,
        async (run) => {
          const account = await needHostAccount(run.host, deployment.account);
          const plain = names.map((name) => name.slice(SECRET_PREFIX.length));
          if (!eraseData) await giveBackSecrets(run, engineFor(deployment), account, deployment.state, plain);
          await podman(run, account, ["secret", "rm", ...names]);
        },
      ),
    );
  const made = accountRecord(deployment, state)?.made === true;
  const images = Object.keys(state.images).filter((reference) => made || PROGRAM_IMAGE.test(reference));
  if (images.length > 0)
    steps.push(
      // An account that was there before us may have images of its own.
      step("images", made ? "remove the account's images" : `remove ${images.join(", ")}`, async (run) => {
        const account = await needHostAccount(run.host, deployment.account);
        const words = made ? ["image", "prune", "--all", "--force"] : ["rmi", "--force", "--", ...images];
        await asAccount(run, account, ["podman", ...words], { timeout: 600_000 });
      }),
    );
  return steps;
}

function ofRecords(deployment: Deployment, state: HostState, records: Records, eraseData: boolean): PlannedStep[] {
  const folder = deployment.records;
  if (eraseData && state.files[folder] !== undefined)
    return [removing("generation", `the records in ${folder}`, [folder])];
  if (records.current === undefined && records.recipient === undefined) return [];
  return [
    {
      kind: "generation",
      title: `set the generations in ${folder} aside`,
      diff: [],
      disturbs: undefined,
      run: async ({ host }) => {
        await host.remove([CURRENT, RECIPIENT, MISSED_IMAGES].map((name) => join(folder, name)));
        const aside = join(folder, `earlier-${isoTime(systemClock.now()).replaceAll(":", "-")}`);
        // Not there when an uninstall ended between the two.
        await host.run(["mv", "-T", "--", join(folder, "generations"), aside]);
      },
    },
  ];
}

function removing(kind: PlannedStep["kind"], what: string, paths: readonly string[]): PlannedStep {
  return {
    kind,
    title: `remove ${what}`,
    diff: paths.map((path) => `- ${path}`),
    disturbs: undefined,
    run: ({ host }) => host.remove(paths, { tree: true }),
  };
}

/** What is known without a configuration, which may be gone or broken by now. */
export function bareDeployment(
  account: string,
  home: string,
  { current }: Records,
  engine: DeployedEngine = { kind: "podman" },
): Deployment {
  const configFolder = configFolderOf(account);
  const { sockets, listens } = readUnits(current?.units ?? {});
  const ports = [...sockets.map(({ listen }) => listen), ...listens].flatMap((listen) =>
    /^(127\.|\[::1\])/.test(listen) ? [] : [Number(listen.slice(listen.lastIndexOf(":") + 1))],
  );
  return {
    engine,
    account,
    home,
    state: join(home, "state"),
    records: recordsOf(account),
    configFolder,
    configFile: join(configFolder, "hublet.yaml"),
    configFiles: [],
    address: "",
    containers: [],
    sockets: [],
    ports,
    firewall: true,
    secrets: [],
    trust: { insecure: [], authorities: new Map() },
    serverImages: [],
    keep: 1,
    database: "sqlite",
    backupFolder: undefined,
    version: current?.version ?? "",
  };
}
