/** Starts what does not run as its unit says, and nothing else: each container carries the label of the unit it came from. */
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { HostUser } from "../host/port.ts";
import type { HostState } from "../host/state.ts";
import { UNIT_LABEL } from "../model/deployment.ts";
import { ENGINE_SOCKET_UNIT, enabledLink, runningServers } from "../plan/situation.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { readUnits, type WishedContainer, type WishedSocket } from "../plan/unit-texts.ts";
import { userctl } from "./as-account.ts";
import { restores } from "./database.ts";
import { HUB } from "./hub-program.ts";
import { renewedSecrets } from "./secrets.ts";

/** Steps in the order of doing: the engine's socket, the database, hub, proxy with its sockets, timers. */
export function planServices(target: Target, situation: Situation): PlannedStep[] {
  const { deployment, units } = target;
  const state = restores(target, situation) ? withoutHub(situation.state) : situation.state;
  const wished = readUnits(units);
  const renewed = renewedSecrets(target, situation);
  const steps: PlannedStep[] = [];
  const systemd = deployment.engine.kind === "podman";
  if (systemd && !isEnabled(state, deployment.home, "sockets", ENGINE_SOCKET_UNIT))
    steps.push(enabling(target, `enable the engine's socket (${ENGINE_SOCKET_UNIT})`, ENGINE_SOCKET_UNIT));
  const closed = wished.sockets.filter((socket) => !isListening(state, deployment.home, socket));
  // A service that runs is handed no new socket: those are opened where it is started anew. All others come first, since
  // whoever wants the service has it started.
  const first = closed.filter(({ service }) => !isRunning(state, service));
  if (first.length > 0) steps.push(opening(target, first));
  for (const container of wished.containers) {
    const late = closed.filter(
      ({ service }) => service === container.name && !first.some((each) => each.service === service),
    );
    const renews = container.secrets.some((name) => renewed.includes(name));
    const why =
      reasonToStart(state, container) ??
      (late.length > 0 ? "its sockets changed" : renews ? "its secrets are new" : undefined);
    if (why !== undefined) steps.push(start(target, state, container, late, why));
  }
  for (const name of wished.timers)
    if (!isEnabled(state, deployment.home, "timers", `${name}.timer`))
      steps.push(enabling(target, `enable the timer ${name}.timer`, `${name}.timer`));
  return steps;
}

function reasonToStart(state: HostState, { name, label }: WishedContainer): string | undefined {
  const container = state.containers.find((each) => each.name === name);
  if (container === undefined || !isRunning(state, name)) return "";
  return container.labels[UNIT_LABEL] === label ? undefined : "its unit changed";
}

function start(
  target: Target,
  state: HostState,
  { name }: WishedContainer,
  sockets: readonly WishedSocket[],
  why: string,
): PlannedStep {
  const runs = isRunning(state, name);
  const names = sockets.map((socket) => `${socket.name}.socket`);
  return {
    kind: "services",
    title: [
      `${runs ? "restart" : "start"} ${name}`,
      ...(names.length > 0 ? [`with ${sockets.map(({ listen }) => listen).join(" and ")}`] : []),
      ...(runs && why !== "" ? [`(${why})`] : []),
    ].join(" "),
    diff: [],
    disturbs: runs ? disturbance(name, runningServers(state)) : undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      if (names.length > 0) await openSockets(run, account, [name], names);
      const engine = engineFor(target.deployment);
      if (runs) await engine.restart(run, account, name);
      else await engine.start(run, account, name);
    },
  };
}

function opening(target: Target, sockets: readonly WishedSocket[]): PlannedStep {
  return {
    kind: "services",
    title: `listen on ${sockets.map(({ listen }) => listen).join(" and ")}`,
    diff: [],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      const names = sockets.map(({ name }) => `${name}.socket`);
      await openSockets(run, account, unique(sockets.map(({ service }) => service)), names);
    },
  };
}

/** systemd gives a socket to a service only when that starts, and opens none while its service runs. */
async function openSockets(
  run: StepRun,
  account: HostUser,
  services: readonly string[],
  sockets: readonly string[],
): Promise<void> {
  // Together: whoever calls meanwhile would have the service started again by its socket.
  await userctl(run, account, ["stop", ...sockets, ...services.map((name) => `${name}.service`)]).catch(() =>
    run.signal.throwIfAborted(),
  );
  await userctl(run, account, ["enable", ...sockets]);
  await userctl(run, account, ["start", ...sockets]);
}

/** The host as it is when a step before has stopped the hub. */
function withoutHub(state: HostState): HostState {
  return { ...state, containers: state.containers.filter(({ name }) => name !== HUB) };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function isRunning(state: HostState, name: string): boolean {
  const unit = state.units[`${name}.service`];
  // In Docker nothing but the container itself is there to ask.
  const active = state.docker !== undefined || unit?.active === "active";
  return active && state.containers.some((each) => each.name === name && each.running);
}

/** Nobody waits for the hub: the proxy routes without it. */
function disturbance(name: string, servers: number): string | undefined {
  const ofServers = servers === 1 ? "of the one running server" : `of the ${servers} running servers`;
  if (name === "hublet-proxy")
    return servers === 0
      ? undefined
      : `The proxy is restarted: open connections ${ofServers} break and are made anew by the browser within seconds. The servers themselves go on.`;
  if (name === "hublet-postgres") return "The database is restarted: pages of the hub fail for some seconds.";
  return undefined;
}

function enabling(target: Target, title: string, unit: string): PlannedStep {
  return {
    kind: "services",
    title,
    diff: [],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      await userctl(run, account, ["enable", "--now", unit]);
    },
  };
}

function isEnabled(state: HostState, home: string, target: "sockets" | "timers", unit: string): boolean {
  return state.units[unit]?.active === "active" && state.files[enabledLink(home, target, unit)] !== undefined;
}

function isListening(state: HostState, home: string, { name, listen }: WishedSocket): boolean {
  const unit = `${name}.socket`;
  return isEnabled(state, home, "sockets", unit) && sameAddress(state.units[unit]?.listen ?? "", listen);
}

/** systemd shows `[::]:443 (Stream)` for `443` and `*:443`. */
function sameAddress(shown: string, wished: string): boolean {
  const plain = (text: string): string => (text.split(" ")[0] ?? "").replace(/^(\*:)?(\d+)$/, "[::]:$2");
  return plain(shown) === plain(wished);
}
