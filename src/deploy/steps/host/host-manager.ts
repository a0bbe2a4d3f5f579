/** The account's own systemd: it lives without anybody signing in, may limit containers, and alone may open low ports. */
import { HubError } from "../../../kernel/index.ts";
import { needHostAccount } from "../../host/find-account.ts";
import type { HostState } from "../../host/state.ts";
import { dropInPath } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";
import type { HostStepOptions } from "./host-steps.ts";

export const CONTROLLERS = ["cpu", "cpuset", "io", "memory", "pids"] as const;
/** Ports below are root's, unless the kernel was told otherwise. */
const FIRST_FREE_PORT = 1024;

export interface ManagerSteps {
  readonly steps: readonly PlannedStep[];
  readonly notes: readonly string[];
  readonly refusal: HubError | undefined;
}

/** The drop-in for `user@UID.service`. */
export function dropInText(deployment: Deployment): string {
  return dropInWith({ lowPorts: needsLowPorts(deployment) });
}

export function dropInWith({ lowPorts }: { readonly lowPorts: boolean }): string {
  const low = lowPorts
    ? ["# Ports below 1024, for the sockets of this account's units alone.", "AmbientCapabilities=CAP_NET_BIND_SERVICE"]
    : [];
  return `${["# Written by “hublet apply”.", "[Service]", `Delegate=${CONTROLLERS.join(" ")}`, ...low].join("\n")}\n`;
}

export function managerSteps(deployment: Deployment, state: HostState, options: HostStepOptions): ManagerSteps {
  const { account } = state;
  const text = dropInText(deployment);
  const writes = account?.dropIn !== text;
  const running = account?.manager === true;
  const lacking = account !== undefined && running ? lacks(deployment, state) : [];
  // One that was started with this very drop-in gets no more from being started again.
  const restarts = lacking.length > 0 && (writes || account?.managerFresh !== true);
  const notes =
    lacking.length > 0 && !restarts
      ? [`The systemd of ${deployment.account} still lacks ${lacking.join(" and ")}, although it was told to have it.`]
      : [];
  if (!writes && running && account.linger && !restarts) return { steps: [], notes, refusal: undefined };
  const served = restarts ? stopped(deployment, state, options) : { servers: 0, disturbs: undefined };
  const why = `The systemd of ${deployment.account} runs and lacks ${lacking.join(" and ")}`;
  const refusal =
    served.servers > 0 && !options.disturb
      ? new HubError(
          "conflict",
          `${why}. Giving it that means to start it again, which stops ${count(served.servers)}. Do it when they are not needed, with --disturb.`,
          { facts: { runningServers: served.servers } },
        )
      : undefined;
  const step: PlannedStep = {
    kind: "manager",
    title: title(deployment, { writes, restarts, starts: !running }),
    diff: [
      ...(writes ? difference(account?.dropIn, text, account?.uid) : []),
      ...(account?.linger === true ? [] : [`+ linger of ${deployment.account}`]),
      ...(restarts ? [`~ user@${account?.uid}.service (started again: it lacks ${lacking.join(" and ")})`] : []),
    ],
    disturbs: served.disturbs,
    run: async (run) => {
      if (refusal !== undefined) throw refusal;
      await bringUp(run, deployment, text, restarts);
    },
  };
  return { steps: [step], notes, refusal };
}

function needsLowPorts({ sockets, ports }: Deployment): boolean {
  const listened = sockets.map(({ listen }) => Number(listen.slice(listen.lastIndexOf(":") + 1)));
  return [...listened, ...ports].some((port) => port < FIRST_FREE_PORT);
}

function lacks(deployment: Deployment, { account, cgroups }: HostState): readonly string[] {
  const missing = CONTROLLERS.filter((name) => cgroups.available.includes(name) && !cgroups.delegated.includes(name));
  return [
    ...(needsLowPorts(deployment) && account?.lowPorts !== true ? ["the right to open ports below 1024"] : []),
    ...(missing.length > 0 ? [`control over ${missing.join(", ")}`] : []),
  ];
}

/** Whom a restart of the manager stops: everything that it started. */
function stopped(
  deployment: Deployment,
  { containers }: HostState,
  options: HostStepOptions,
): { readonly servers: number; readonly disturbs: string | undefined } {
  const own = deployment.containers.map(({ name }) => name);
  const running = containers.filter((container) => container.running);
  const others = running.filter(({ name }) => !own.includes(name)).length;
  const servers = Math.max(options.runningServers, others);
  if (servers > 0) return { servers, disturbs: `It stops ${count(servers)}: the account's systemd is started again.` };
  return {
    servers: 0,
    disturbs: running.length > 0 ? "Hub and proxy are started again; pages that are open connect anew." : undefined,
  };
}

function count(servers: number): string {
  return servers === 1 ? "one server that runs now" : `${servers} servers that run now`;
}

function title(
  { account }: Deployment,
  what: { readonly writes: boolean; readonly restarts: boolean; readonly starts: boolean },
): string {
  if (what.restarts) return `start the systemd of ${account} again, with the rights that it lacks`;
  if (what.starts) return `let the systemd of ${account} run without anybody signed in`;
  return what.writes ? `tell systemd what ${account} may do` : `let the systemd of ${account} stay`;
}

function difference(old: string | undefined, text: string, uid: number | undefined): readonly string[] {
  const lines = text.trimEnd().split("\n");
  const before = old?.trimEnd().split("\n") ?? [];
  return [
    `${old === undefined ? "+" : "~"} ${uid === undefined ? "drop-in for the account's user@.service" : dropInPath(uid)}`,
    ...before.filter((line) => !lines.includes(line)).map((line) => `-   ${line}`),
    ...lines.filter((line) => !before.includes(line)).map((line) => `+   ${line}`),
  ];
}

/** Asks until the manager's bus answers: it opens a moment after systemd says that the manager was started. */
const ANSWERS = `
tries=0
until systemctl --user show -p Version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 150 ] || exec systemctl --user show -p Version
  sleep 0.2
done
`;

async function bringUp(run: StepRun, deployment: Deployment, text: string, restarts: boolean): Promise<void> {
  const { host, signal, note } = run;
  const account = await needHostAccount(host, deployment.account);
  const unit = `user@${account.uid}.service`;
  await host.writeFiles([{ path: dropInPath(account.uid), content: text, mode: 0o644 }]);
  await host.mustRun(["systemctl", "daemon-reload"], { signal });
  await host.mustRun(["loginctl", "enable-linger", account.name], { signal });
  note(`${restarts ? "restarting" : "starting"} ${unit}`);
  await host.mustRun(["systemctl", restarts ? "restart" : "start", unit], { signal, timeout: 180_000 });
  const answer = await host.run(["sh", "-c", ANSWERS], { as: account, signal });
  if (answer.code === 0) return;
  throw new HubError(
    "host-unsuitable",
    `The systemd of ${account.name} on ${host.name} was started, but does not answer: ${answer.stderr.trim()} Look at: journalctl -u ${unit}`,
  );
}
