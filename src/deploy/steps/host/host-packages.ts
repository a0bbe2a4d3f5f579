/** Packages that a deployment needs, by the distribution's own package manager. */
import { HubError } from "../../../kernel/index.ts";
import type { HostState } from "../../host/state.ts";
import type { MissingPackage } from "../../packages.ts";
import { installCommand, missingPackages, podmanMajor } from "../../packages.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";

/** The first Podman with Quadlet. */
const LEAST_PODMAN = [4, 4] as const;
/** Milliseconds: a slow mirror is no reason to give up. */
const PATIENCE = 20 * 60_000;

/** Why this host can never run a deployment; undefined when it can, or could with packages. */
export function unsuitable(state: HostState): HubError | undefined {
  const why = reason(state);
  if (why === undefined) return undefined;
  return new HubError(
    "host-unsuitable",
    `${state.hostname} (${state.distribution.name}) cannot run this deployment: ${why} “hublet up” serves a hub without systemd and Quadlet.`,
  );
}

function reason(state: HostState): string | undefined {
  if (state.systemd === undefined) return "systemd is not its first process, which is to start the services.";
  if (state.cgroups.mode !== "v2")
    return `it has control groups of ${state.cgroups.mode === "v1" ? "version 1" : "both versions at once"}, and Quadlet needs version 2 alone. Boot it with systemd.unified_cgroup_hierarchy=1.`;
  if (state.podman === undefined) {
    return podmanMajor({ ...state, podmanVersion: undefined }) < 5 && tooOldDistribution(state)
      ? "its Podman is older than 4.4 and has no Quadlet. Use a newer release of it."
      : undefined;
  }
  return isOlder(state.podman) ? `its Podman ${state.podman} is older than 4.4 and has no Quadlet.` : undefined;
}

/** Releases that carry a Podman without Quadlet. */
function tooOldDistribution({ distribution }: HostState): boolean {
  const release = Number.parseInt(distribution.version, 10);
  return (distribution.id === "debian" && release <= 12) || (distribution.id === "ubuntu" && release < 24);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < LEAST_PODMAN[0] || (major === LEAST_PODMAN[0] && minor < LEAST_PODMAN[1]);
}

export function packageSteps(state: HostState): readonly PlannedStep[] {
  const missing = [...missingPackages(factsOf(state), { engine: "podman", buildImages: false }), ...ofHost(state)];
  const names = missing.map(({ name }) => name);
  if (names.length === 0) return [];
  const commands = installCommand(factsOf(state), names);
  return [
    {
      kind: "packages",
      title: `install ${names.join(", ")}`,
      diff: missing.map(({ name, why }) => `+ ${name}: ${why}`),
      disturbs: undefined,
      run: (run) => install(run, names, commands),
    },
  ];
}

function factsOf(state: HostState): Parameters<typeof missingPackages>[0] {
  return { ...state, systemd: true, podmanVersion: state.podman, debianKeyring: true };
}

/** What a deployment needs beyond a hub in the foreground. */
function ofHost(state: HostState): readonly MissingPackage[] {
  const has = state.commands;
  const debian = state.distribution.family === "debian";
  const rules: readonly (MissingPackage & { readonly present: unknown })[] = [
    { name: "conmon", why: "watches each container", present: has.conmon },
    { name: "tar", why: "takes what is copied here apart", present: has.tar },
    { name: "util-linux", why: "lets one at a time change this host (flock)", present: has.flock && has.setpriv },
    debian
      ? { name: "libpam-systemd", why: "gives the account's systemd its runtime folder", present: state.pamSystemd }
      : { name: "systemd-pam", why: "gives the account's systemd its runtime folder", present: state.pamSystemd },
    {
      name: "policycoreutils-python-utils",
      why: "tells SELinux which files are containers'",
      present: state.selinux === "disabled" || (has.semanage && has.restorecon),
    },
  ];
  return rules.filter(({ present }) => !present).map(({ name, why }) => ({ name, why }));
}

async function install(
  { host, signal, note }: StepRun,
  names: readonly string[],
  commands: readonly (readonly string[])[] | undefined,
): Promise<void> {
  if (commands === undefined) {
    throw new HubError(
      "packages-missing",
      `${host.name} lacks ${names.join(", ")}, and its distribution's package manager is not known here. Install them by hand, then try again.`,
    );
  }
  for (const argv of commands) {
    const result = await host.run(argv, {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      timeout: PATIENCE,
      signal,
      onLine: (line) => {
        if (/^(Setting up|Err:|E:|Error|Installing)/.test(line.trim())) note(line.trim());
      },
    });
    // A stale or partly unreachable package list is no reason to give up: the install itself tells.
    if (result.code === 0 || argv.includes("update")) continue;
    throw new HubError(
      "packages-missing",
      `Installing ${names.join(", ")} on ${host.name} failed: ${(result.stderr.trim() || result.stdout.trim()).slice(-400)} Repair the package manager there, then run: ${argv.join(" ")}`,
    );
  }
  const version = /version (\S+)/.exec((await host.run(["podman", "--version"], { signal })).stdout)?.[1] ?? "";
  if (isOlder(version)) {
    throw new HubError(
      "host-unsuitable",
      `The Podman that ${host.name} got from its packages (${version || "none"}) is older than 4.4 and has no Quadlet. Use a newer release of the distribution, or “hublet up”.`,
    );
  }
}
