/** Waits until the deployment answers; what does not become healthy is taken back. */
import { HubError, systemClock } from "../../kernel/index.ts";
import type { DeploymentEngine } from "../engines/port.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import type { StepRun } from "../plan/types.ts";
import { askHealth, HUB, type HubHealth, PROXY } from "./hub-program.ts";

/** Milliseconds between two questions; each takes as long itself. */
const PAUSE_MS = 400;
const LOG_LINES = 20;

export interface HealthWait {
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly database: string | undefined;
}

/** Resolves as soon as hub, proxy and address answer, or when nothing more is to be hoped for. */
export async function waitHealthy(
  run: StepRun,
  engine: DeploymentEngine,
  accountName: string,
  deadlineMs: number,
): Promise<HealthWait> {
  const account = await needHostAccount(run.host, accountName);
  const until = performance.now() + deadlineMs;
  let last: HubHealth = { healthy: false, problems: ["The hub does not answer."] };
  while (performance.now() < until) {
    run.signal.throwIfAborted();
    last = await askHealth(run, engine, account);
    if (last.healthy) return { healthy: true, problems: [], database: last.database };
    const given = await givenUp(run.host, engine, account);
    if (given !== undefined) return { healthy: false, problems: [given, ...last.problems], database: undefined };
    await systemClock.sleep(PAUSE_MS, run.signal);
  }
  const late = `After ${Math.round(deadlineMs / 1000)} seconds the deployment did not answer.`;
  return { healthy: false, problems: [late, ...last.problems], database: undefined };
}

async function givenUp(host: Host, engine: DeploymentEngine, account: HostUser): Promise<string | undefined> {
  for (const name of [HUB, PROXY]) {
    const given = await engine.givenUp(host, account, name);
    if (given !== undefined) return given;
  }
  return undefined;
}

/** The last lines of hub and proxy. */
export async function lastLog(host: Host, engine: DeploymentEngine, account: HostUser): Promise<string> {
  const lines = await engine.lastLines(host, account, [HUB, PROXY], LOG_LINES);
  return lines
    .slice(-LOG_LINES)
    .map((line) => line.slice(0, 500))
    .join("\n");
}

/** The error of a deployment that stayed as it is or was taken back, with what the hub said last. */
export function unhealthy(host: Host, problems: readonly string[], outcome: string, log: string): HubError {
  const said = log === "" ? "" : `\nHub and proxy said last:\n${log}`;
  return new HubError("deployment-unhealthy", `${problems.join(" ")} ${outcome}${said}`, {
    facts: { host: host.name },
  });
}
