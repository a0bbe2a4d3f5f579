/** The command line behind `Host.run`: root's own, or an account's with what its containers and its systemd need. */
import type { HostRunOptions, HostUser } from "./port.ts";
import { HOST_PATH } from "./transport.ts";

/** Proxies for downloads are the host's own business and are passed on; nothing else is. Arguments: variables, command. */
const CLEAN = `
exec env -i \${http_proxy:+"http_proxy=$http_proxy"} \${https_proxy:+"https_proxy=$https_proxy"} \\
  \${no_proxy:+"no_proxy=$no_proxy"} "$@"
`;

/**
 * Inside the account's manager. systemd-run leaves the unit alone when it is killed itself, so its end is passed on.
 * Arguments: unit, then systemd-run's own.
 */
const MANAGED = `
unit=$1
shift
exec 3<&0
trap 'systemctl --user stop "$unit" 2>/dev/null; exit 143' HUP INT TERM
systemd-run --user --pipe --wait --collect --quiet --unit="$unit" \\
  \${http_proxy:+"--setenv=http_proxy=$http_proxy"} \${https_proxy:+"--setenv=https_proxy=$https_proxy"} \\
  \${no_proxy:+"--setenv=no_proxy=$no_proxy"} "$@" <&3 3<&- &
wait $!
`;

type Wanted = Pick<HostRunOptions, "as" | "managed" | "env">;

/** @param unit name for the transient unit of a managed command, without suffix */
export function commandLine(argv: readonly string[], options: Wanted, unit: string): readonly string[] {
  const { as } = options;
  if (as === undefined) return clean([...environment({ HOME: "/root", USER: "root", ...options.env }), ...argv]);
  const own = [...identity(as), ...clean([...environment(accountEnvironment(as)), ...extra(options)])];
  if (options.managed !== true) return [...own, ...argv];
  return [
    ...own,
    ...["sh", "-c", MANAGED, "sh", `${unit}.service`],
    ...environment({ ...BASE, ...options.env }).map((entry) => `--setenv=${entry}`),
    // Podman that knows itself inside a unit leaves its containers in that unit, which ends with the command.
    ...["--", "env", "-u", "INVOCATION_ID"],
    // systemd puts variables in place of “$NAME” in the arguments of any unit.
    ...argv.map((word) => word.replaceAll("$", "$$$$")),
  ];
}

const BASE = { PATH: HOST_PATH, LC_ALL: "C.UTF-8" };

function accountEnvironment(account: HostUser): Readonly<Record<string, string>> {
  const runtime = `/run/user/${account.uid}`;
  return {
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: "/bin/sh",
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
  };
}

/** Without PAM, so that no session of a login begins; supplementary groups are the account's own. */
function identity(account: HostUser): readonly string[] {
  return ["setpriv", `--reuid=${account.uid}`, `--regid=${account.gid}`, "--init-groups", "--"];
}

function clean(argv: readonly string[]): readonly string[] {
  return ["sh", "-c", CLEAN, "sh", ...argv];
}

function extra(options: Wanted): readonly string[] {
  return options.managed === true ? [] : Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
}

function environment(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries({ ...BASE, ...variables }).map(([name, value]) => `${name}=${value}`);
}
