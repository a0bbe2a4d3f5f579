import { HubError } from "../../kernel/index.ts";
import { parsePasswd } from "../account-plan.ts";
import type { Host, HostUser } from "./port.ts";

/** The account of that name on the host, as its directory services know it. */
export async function findHostAccount(host: Host, name: string): Promise<HostUser | undefined> {
  const entry = parsePasswd((await host.run(["getent", "passwd", name])).stdout)[0];
  return entry === undefined ? undefined : { name: entry.name, uid: entry.uid, gid: entry.gid, home: entry.home };
}

/** For steps after the one that makes the account. @throws HubError `account-unusable` */
export async function needHostAccount(host: Host, name: string): Promise<HostUser> {
  const account = await findHostAccount(host, name);
  if (account !== undefined) return account;
  throw new HubError(
    "account-unusable",
    `The account “${name}” is missing on ${host.name}. Run “hublet apply”, which makes it.`,
  );
}
