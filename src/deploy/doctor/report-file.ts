/** The last report lies in the state folder, where the hub shows it to admins. */
import { join } from "node:path";
import type { HostReport } from "../../contract/index.ts";
import { findHostAccount } from "../host/find-account.ts";
import type { Host } from "../host/port.ts";
import type { Target } from "./types.ts";

/** Nothing is written where no hub keeps its state yet. @throws HubError `host-unreachable`, `command-failed` */
export async function writeReport(host: Host, target: Target, report: HostReport): Promise<void> {
  const folder = join(target.state, "run");
  const account = await findHostAccount(host, target.account);
  if (account === undefined) return;
  // Asked and written as the account: root follows no link into folders that another may write to.
  if ((await host.run(["test", "-d", folder], { as: account })).code !== 0) return;
  const content = `${JSON.stringify(report)}\n`;
  const owner = { uid: account.uid, gid: account.gid };
  await host.writeFiles([{ path: join(folder, "doctor.json"), content, mode: 0o600, owner }], { as: account });
}
