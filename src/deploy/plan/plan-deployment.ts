/** Compares what a host is to be with what it is, and says what is to be done, in the order of doing. */
import { join } from "node:path";
import { HubError } from "../../kernel/index.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import type { Host } from "../host/port.ts";
import { REGISTRY } from "../model/registry.ts";
import { checkBackupFolder, planBackupFolder } from "../steps/backup-folder.ts";
import { planConfiguration } from "../steps/configuration.ts";
import { planDatabase } from "../steps/database.ts";
import { planGeneration, sameUnits } from "../steps/generation.ts";
import { type HostSteps, hostSteps } from "../steps/host/host-steps.ts";
import { PROXY } from "../steps/hub-program.ts";
import { planImages } from "../steps/images.ts";
import { planRegistry } from "../steps/registry.ts";
import { planSecrets } from "../steps/secrets.ts";
import { planServerImages } from "../steps/server-images.ts";
import { planServices } from "../steps/services.ts";
import { planUnitFiles } from "../steps/unit-files.ts";
import { planWrapper } from "../steps/wrapper.ts";
import { readSituation, runningServers } from "./situation.ts";
import { type Outcome, takingBack, waitStep } from "./take-back.ts";
import type { Situation, Target } from "./target.ts";
import type { Plan } from "./types.ts";
import { readUnits, registryListen, unitFolder } from "./unit-texts.ts";

export interface PlanOptions {
  /** Who asks, for the record. */
  readonly by: string;
  /** People's servers may be stopped for it. */
  readonly disturb: boolean;
  /** The host is the one that this program runs on. */
  readonly local: boolean;
  /** Milliseconds in which the deployment must answer; 120,000 when absent. */
  readonly healthMs?: number;
}

/**
 * Reads the host and changes nothing there.
 * @throws HubError why the host cannot be brought there: `host-unsuitable`, `account-unusable`, `port-in-use`, `conflict`,
 *   `image-missing`; or cannot be asked: `host-unreachable`, `command-failed`
 */
export async function planDeployment(host: Host, target: Target, options: PlanOptions): Promise<Plan> {
  const situation = await readSituation(host, target);
  const { state } = situation;
  const { disturb } = options;
  await checkBackupFolder(host, target, situation);
  const ofHost = hostSteps(target.deployment, state, { disturb, runningServers: runningServers(state) });
  return planFor(target, situation, ofHost, options);
}

/** The plan for a host that was read. @throws HubError as `planDeployment` */
export async function planFor(
  target: Target,
  situation: Situation,
  ofHost: HostSteps,
  options: PlanOptions,
): Promise<Plan> {
  const { state, records } = situation;
  if (ofHost.refusal !== undefined) throw ofHost.refusal;
  refuseOtherEngine(target, situation);
  refuseTakenPorts(target, situation);
  const serverImages = await planServerImages(target, situation);
  const outcome: Outcome = { database: undefined };
  const services = planServices(target, situation);
  // Also when the services were started by an apply that ended before it asked them.
  const unproven =
    records.current === undefined || !sameUnits(records.current, target) || target.databaseFrom !== undefined;
  const back = { target, situation, healthMs: options.healthMs ?? 120_000, outcome };
  return {
    steps: [
      ...ofHost.steps,
      ...planBackupFolder(target, situation),
      ...planSecrets(target, situation),
      ...planImages(target, situation),
      ...serverImages.steps,
      ...planConfiguration(target, situation),
      ...planDatabase(target, situation),
      ...planRegistry(target, situation),
      ...planUnitFiles(target, situation),
      ...services.map((step) => takingBack(step, back)),
      ...planWrapper(target, situation, options.local),
      ...(services.length > 0 || unproven ? [waitStep(back)] : []),
      ...planGeneration(target, situation, { by: options.by, databaseVersion: () => outcome.database }),
    ],
    notes: [...ofHost.notes, ...serverImages.notes],
    runningServers: runningServers(state),
  };
}

/** Homes are volumes in the store of one engine, and do not go over by themselves. */
function refuseOtherEngine({ deployment }: Target, { records }: Situation): void {
  const { current } = records;
  const before = current === undefined ? undefined : current.units[COMPOSE_FILE] === undefined ? "podman" : "docker";
  const { kind } = deployment.engine;
  if (before === undefined || before === kind) return;
  throw new HubError(
    "conflict",
    `This host was set up with ${before}, and deploy.engine is ${kind} now. People's homes lie in the store of ${before}: make a backup, run “hublet uninstall”, then “hublet apply”, then “hublet restore --homes”.`,
  );
}

/** A port that another program has would only be seen when it cannot be opened, after all else was done. */
function refuseTakenPorts({ units, deployment }: Target, { state }: Situation): void {
  const wished = readUnits(units);
  const runs = (part: string): boolean => state.containers.some(({ name, running }) => name === part && running);
  const before = state.contents[join(deployment.records, COMPOSE_FILE)];
  const listened = before === undefined ? [] : readUnits({ [COMPOSE_FILE]: before }).listens;
  const registry = registryListen(units);
  const there = Object.keys(units).map((path) => [path, state.contents[join(unitFolder(deployment), path)]] as const);
  const places = [
    ...wished.sockets.map(({ name, listen }) => ({ listen, ours: state.units[`${name}.socket`]?.active === "active" })),
    ...wished.listens.map((listen) => ({ listen, ours: runs(PROXY) && listened.includes(listen) })),
    ...(registry === undefined
      ? []
      : [{ listen: registry, ours: runs(REGISTRY) && registryListen(Object.fromEntries(there)) === registry }]),
  ];
  for (const { listen, ours } of places) {
    const port = listen.slice(listen.lastIndexOf(":") + 1);
    const taken = state.listening.find(({ address }) => overlaps(address, listen));
    if (ours || taken === undefined) continue;
    const by = taken.process === undefined ? "another program" : `“${taken.process}”`;
    // Our own sockets are systemd's; one whose unit had another name before is closed when that is removed.
    if (taken.process === "systemd") continue;
    throw new HubError(
      "port-in-use",
      `Port ${port} is in use on this host by ${by} (${taken.address}). Stop it, or set another port in ${listen === registry ? "registry.port" : "listen"}; a hub that “hublet up” runs there is stopped with Ctrl-C or its service.`,
    );
  }
}

function overlaps(listening: string, wished: string): boolean {
  const split = (text: string): [string, string] => {
    const colon = text.lastIndexOf(":");
    return [text.slice(0, colon), text.slice(colon + 1)];
  };
  const everywhere = ["0.0.0.0", "[::]", "*"];
  const [thereHost, therePort] = split(listening);
  const [host, port] = split(wished);
  return therePort === port && (thereHost === host || everywhere.includes(thereHost) || everywhere.includes(host));
}
