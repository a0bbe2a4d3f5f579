/** Waits until the deployment answers; what does not become healthy is taken back. */
import { HubError, systemClock } from "../../kernel/index.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import type { Target } from "../plan/target.ts";
import type { StepRun } from "../plan/types.ts";
import { askHealth, HUB, type HubHealth, PROXY } from "./hub-program.ts";

/** Milliseconds between two questions; each takes as long itself. */
const PAUSE_MS = 400;
/** A service that ended so often since it was started will not stay by waiting. */
const MAX_RESTARTS = 3;
const LOG_LINES = 20;

export interface HealthWait {
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly database: string | undefined;
}

/** Resolves as soon as hub, proxy and address answer, or when nothing more is to be hoped for. */
export async function waitHealthy(
  run: StepRun,
  { deployment }: { readonly deployment: Pick<Target["deployment"], "account"> },
  deadlineMs: number,
): Promise<HealthWait> {
  const account = await needHostAccount(run.host, deployment.account);
  const until = performance.now() + deadlineMs;
  let last: HubHealth = { healthy: false, problems: ["The hub does not answer."] };
  while (performance.now() < until) {
    run.signal.throwIfAborted();
    last = await askHealth(run, account);
    if (last.healthy) return { healthy: true, problems: [], database: last.database };
    const given = await givenUp(run.host, account);
    if (given !== undefined) return { healthy: false, problems: [given, ...last.problems], database: undefined };
    await systemClock.sleep(PAUSE_MS, run.signal);
  }
  const late = `After ${Math.round(deadlineMs / 1000)} seconds the deployment did not answer.`;
  return { healthy: false, problems: [late, ...last.problems], database: undefined };
}

/** A sentence when systemd has given a service up, or starts it again and again. */
async function givenUp(host: Host, account: HostUser): Promise<string | undefined> {
  for (const name of [HUB, PROXY]) {
    const { stdout } = await host.run(
      ["systemctl", "--user", "show", "-p", "ActiveState", "-p", "NRestarts", `${name}.service`],
      { as: account },
    );
    const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(stdout)?.[1];
    if (value("ActiveState") === "failed") return `The service ${name} failed.`;
    if (Number(value("NRestarts")) >= MAX_RESTARTS) return `The service ${name} ends as soon as it is started.`;
  }
  return undefined;
}

/** Podman's and conmon's own words among those of a container. */
const NOISE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \S+ \S+ m=\+|conmon |[0-9a-f]{64}$)/;

/** The last lines of hub and proxy, as the journal has them. */
export async function lastLog(host: Host, account: HostUser): Promise<string> {
  const matches = [HUB, PROXY].flatMap((name) => [
    `CONTAINER_NAME=${name}`,
    `_SYSTEMD_USER_UNIT=${name}.service`,
    `USER_UNIT=${name}.service`,
  ]);
  const units = matches.flatMap((match, at) => [...(at === 0 ? [] : ["+"]), `_UID=${account.uid}`, match]);
  const read = ["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${LOG_LINES * 4}`];
  const { stdout } = await host.run([...read, ...units]);
  const lines = stdout.split("\n").filter((line) => line !== "" && !NOISE.test(line));
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
