/** Commands that set up or look at a whole host cannot be run in the hub's container, which has neither a shell nor the host. */
import { HubError } from "../../kernel/index.ts";

const OF_HOSTS = new Set([
  "plan",
  "apply",
  "upgrade",
  "rollback",
  "generations",
  "uninstall",
  "doctor",
  "shell",
  "up",
  "init",
]);

/** @param env of the process; the hub's container names the folder of its keys. @throws HubError `usage` */
export function needHost(path: readonly string[], env: Readonly<Record<string, string | undefined>>): void {
  const [word = ""] = path;
  if (env.HUBLET_SECRETS === undefined || !OF_HOSTS.has(word)) return;
  throw new HubError(
    "usage",
    `“hublet ${word}” is for a folder with the program: the command here runs in the hub's container. Where you applied from, call it with --host for this host; or put the program here, for example in /opt/hublet, and call ./hublet ${word} there as root.`,
  );
}
