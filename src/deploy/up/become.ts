import { spawn } from "node:child_process";
import { constants } from "node:os";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { Account } from "./account.ts";

/** How programs of this host reach the network: proxies and certificates. */
export const NETWORK_VARIABLES = [
  ...["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
] as const;

/** What the child may see of the caller's environment besides `LC_*`: nothing that could name root's files or secrets. */
const PASSED_ON = [
  ...["LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CI", "TZ", "COLUMNS"],
  ...NETWORK_VARIABLES,
] as const;

/** The environment that a process of the account starts with; `extra` wins. */
export function cleanEnvironment(
  account: Account,
  caller: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: "/bin/sh",
  };
  for (const [name, value] of Object.entries(caller)) {
    const wanted = name.startsWith("LC_") || PASSED_ON.some((passed) => passed === name);
    if (wanted && value !== undefined) env[name] = value;
  }
  return { ...env, ...extra };
}

export interface ReexecOptions {
  readonly account: Account;
  /** The program and its arguments; the program must be readable for the account. */
  readonly argv: readonly string[];
  /** Added to the clean environment (`engineEnvironment`, `XDG_RUNTIME_DIR`, …). */
  readonly env: Readonly<Record<string, string>>;
  /** Numeric supplementary groups (for Docker's socket); none when absent. */
  readonly groups?: readonly number[];
}

/**
 * The root stage's last act: runs `argv` as the account on the same terminal and waits. Signals are passed on.
 * @returns the child's exit code, or 128 + the number of the signal that ended it
 * @throws HubError `command-failed` when it cannot be started
 */
export function reexecAs(options: ReexecOptions): Promise<number> {
  const { account } = options;
  const groups = options.groups ?? [];
  // Node drops all supplementary groups together with the uid, but cannot set any; setpriv (util-linux) can.
  const become =
    groups.length === 0
      ? []
      : ["setpriv", `--reuid=${account.uid}`, `--regid=${account.gid}`, `--groups=${groups.join(",")}`, "--"];
  const [command = "", ...args] = [...become, ...options.argv];
  return new Promise((resolve, reject) => {
    // Before the child exists, so that no signal falls between the two.
    const handlers = (["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
      const handler = () => {
        child.kill(signal);
      };
      process.on(signal, handler);
      return { signal, handler };
    });
    const done = () => {
      for (const { signal, handler } of handlers) process.off(signal, handler);
    };
    const child = spawn(command, args, {
      ...(become.length > 0 || account.uid === process.geteuid?.() ? {} : { uid: account.uid, gid: account.gid }),
      cwd: account.home,
      env: cleanEnvironment(account, process.env, options.env),
      stdio: ["ignore", "inherit", "inherit"],
      // A session of its own: the terminal is root's, and a process of the account that had it as its controlling
      // terminal could type into root's shell (TIOCSTI). Ctrl-C therefore reaches us alone and is passed on above.
      detached: true,
    });
    child.on("error", (error) => {
      done();
      const why = `“${options.argv[0] ?? ""}” cannot be started as “${account.name}”: ${messageOf(error)}.`;
      reject(new HubError("command-failed", `${why} Look at the file's permissions.`, { cause: error }));
    });
    child.on("exit", (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
