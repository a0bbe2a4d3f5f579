/** The service account as it is on a host; looked up when a step runs, since an earlier step may have made it. */
import { HubError } from "../../kernel/index.ts";
import type { Host, HostRunOptions, HostUser } from "../host/port.ts";
import type { StepRun } from "../plan/types.ts";
import type { RunResult } from "../run.ts";

/** @throws HubError `account-unusable` when there is none */
export async function accountOn(host: Host, name: string): Promise<HostUser> {
  const { stdout } = await host.run(["getent", "passwd", name]);
  const [, , uid, gid, , home] = stdout.trim().split(":");
  if (uid === undefined || gid === undefined || home === undefined || uid === "")
    throw new HubError(
      "account-unusable",
      `The account “${name}” is not there on ${host.name}. Run “hublet apply” to make it.`,
    );
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** Runs a command of the account inside its own systemd manager. @throws HubError `command-failed` */
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
