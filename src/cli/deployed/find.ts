/** Whether “hublet apply” has set up the hub that a command is about, on this host. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Instance } from "../instance.ts";

/** Where root keeps what was applied for an account, on every host. */
export function recordsFolder(account: string): string {
  return join("/var/lib/hublet-deploy", account);
}

/** True for root on such a host; inside the hub's container the commands speak to the hub themselves. */
export function isDeployedHere(
  { account }: Pick<Instance, "account">,
  host: { readonly uid: number; readonly env: Readonly<Record<string, string | undefined>> },
): boolean {
  return host.uid === 0 && host.env.HUBLET_SECRETS === undefined && existsSync(join(recordsFolder(account), "current"));
}
