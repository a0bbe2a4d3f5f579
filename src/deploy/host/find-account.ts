import { HubError } from "../../kernel/index.ts";
import { parsePasswd } from "../account-plan.ts";
import type { Host, HostUser } from "./port.ts";

/** The account of that name on the host, as its directory services know it. */
export async function findHostAccount(host: Host, name: string): Promise<HostUser | undefined> {
  const entry = parsePasswd((await host.run(["getent", "passwd", name])).stdout)[0];
  return entry === undefined ? undefined : { name: entry.name, uid: entry.uid, gid: entry.gid, home: entry.home };
}

/**
 * Podman of the account by its socket: what it runs in containers is then started by the account's manager. By itself, Podman
 * called from another session (root's, by ssh or sudo) may not move processes into a container's control group.
 */
export function podmanOf(account: Pick<HostUser, "uid">, args: readonly string[]): readonly string[] {
  return ["podman", "--url", `unix:///run/user/${account.uid}/podman/podman.sock`, ...args];
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
