/** `hublet shell`: the service account's shell, with the environment that Podman needs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { z } from "zod";
import { findAccount, shellQuote } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";

export const shell = command({
  path: ["shell"],
  summary: "Open a shell as the service account, to try podman and systemctl --user by hand",
  positionals: [{ name: "command", description: "A command instead of a shell.", optional: true, variadic: true }],
  options: { host: z.string().optional().describe("USER@SERVER: on that host, by ssh.") },
  examples: ["hublet shell", "hublet shell -- podman ps --all", "hublet shell --host ada@lab"],
  run: async (context, words, options) => {
    const { account } = context.instance();
    const argv =
      options.host === undefined
        ? await here(account, words, context.uid)
        : ["ssh", ...(context.interactive ? ["-t"] : []), "--", options.host, remoteLine(account, words)];
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { stdio: "inherit" });
    const [code] = await once(child, "exit");
    return { json: { exitCode: code }, text: "", exitCode: typeof code === "number" ? code : 1 };
  },
});

/**
 * As on the host itself: A15's recipe, with the runtime folder and the bus of the account's manager. On a terminal of its own:
 * what the account's start-up files run could otherwise type into root's shell.
 */
const ENTER = `account=$1; shift
uid=$(id -u -- "$account") || exit 1
home=$(getent passwd "$account" | cut -d: -f6)
cd -- "$home" || exit 1
[ $# -gt 0 ] || set -- "$(command -v bash || command -v sh)"
become() {
  [ "$(id -u)" != "$uid" ] || exec "$@"
  if [ -t 0 ] && [ -t 1 ]; then exec runuser --pty -u "$account" -- "$@"; fi
  exec runuser -u "$account" -- "$@"
}
become env HOME="$home" USER="$account" XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" "$@"`;

async function here(name: string, words: readonly string[], uid: number): Promise<readonly string[]> {
  const account = await findAccount(name);
  if (account === undefined)
    throw new HubError("account-unusable", `The account “${name}” is missing on this host. “hublet apply” makes it.`);
  if (uid !== 0 && uid !== account.uid)
    throw new HubError(
      "forbidden",
      `Only root can become “${name}”; you are ${userInfo().username}. Run this with sudo.`,
    );
  return ["sh", "-c", ENTER, "sh", name, ...words];
}

const AS_ROOT = `[ "$(id -u)" = 0 ] || exec sudo -- "$@"
exec "$@"`;

function remoteLine(account: string, words: readonly string[]): string {
  return shellQuote(["sh", "-c", AS_ROOT, "sh", "sh", "-c", ENTER, "sh", account, ...words]);
}
