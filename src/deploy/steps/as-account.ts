/** Commands of the service account. */
import type { HostRunOptions, HostUser } from "../host/port.ts";
import type { StepRun } from "../plan/types.ts";
import type { RunResult } from "../run.ts";

/** Runs a command of the account. @throws HubError `command-failed` */
export async function asAccount(
  { host, signal }: Pick<StepRun, "host" | "signal">,
  account: HostUser,
  argv: readonly string[],
  options: Pick<HostRunOptions, "input" | "timeout" | "onLine" | "env"> = {},
): Promise<RunResult> {
  signal.throwIfAborted();
  return host.mustRun(argv, { as: account, signal, ...options });
}

/** Podman of the account, where what it leaves running belongs to the account's manager. @throws HubError `command-failed` */
export async function podman(
  { host, signal }: Pick<StepRun, "host" | "signal">,
  account: HostUser,
  args: readonly string[],
  options: Pick<HostRunOptions, "input" | "timeout" | "onLine"> = {},
): Promise<RunResult> {
  signal.throwIfAborted();
  return host.mustRun(["podman", ...args], { as: account, managed: true, signal, ...options });
}

/** `systemctl --user` of the account. @throws HubError `command-failed` */
export async function userctl(
  run: Pick<StepRun, "host" | "signal">,
  account: HostUser,
  args: readonly string[],
): Promise<RunResult> {
  return asAccount(run, account, ["systemctl", "--user", ...args], { timeout: 180_000 });
}
