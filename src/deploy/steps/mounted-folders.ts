import type { HostUser } from "../host/port.ts";
import { bridgeFolder } from "../model/containers.ts";
import { mountedFolders, type Target } from "../plan/target.ts";
import type { StepRun } from "../plan/types.ts";
import { asAccount } from "./as-account.ts";

/** Makes what containers mount of the state. Servers run as users of their own: they must be able to enter the bridge once it is mounted. */
export async function makeMountedFolders(run: StepRun, user: HostUser, target: Target): Promise<void> {
  const bridge = bridgeFolder(target.deployment.state);
  const folders = mountedFolders(target);
  const closed = folders.filter((path) => path !== bridge);
  await asAccount(run, user, ["install", "-d", "-m", "0700", "--", ...closed]);
  if (folders.includes(bridge)) await asAccount(run, user, ["install", "-d", "-m", "0755", "--", bridge]);
}
