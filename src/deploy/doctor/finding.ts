/** How checks say what they found. */
import type { CheckContext, Finding, FixStep, InOrder, NotLooked } from "./types.ts";

interface FindingMore {
  readonly fix?: readonly FixStep[];
  readonly advice?: string;
  /** See `Finding.safe`; only with a fix. */
  readonly safe?: boolean;
}

export function error(problem: string, why: string, more: FindingMore = {}): Finding {
  return finding("error", problem, why, more);
}

export function warning(problem: string, why: string, more: FindingMore = {}): Finding {
  return finding("warning", problem, why, more);
}

function finding(severity: Finding["severity"], problem: string, why: string, more: FindingMore): Finding {
  const { fix = [], advice = "", safe = false } = more;
  return { problem, why, fix, advice, severity, safe: safe && fix.length > 0 };
}

export function unknown(note: string): NotLooked {
  return { outcome: "unknown", note };
}

export function skipped(note: string): NotLooked {
  return { outcome: "skipped", note };
}

export function fine(note: string): InOrder {
  return { outcome: "ok", note };
}

/** What a check says that cannot look without root. */
export const NEEDS_ROOT: NotLooked = unknown("only root can look at this: run “sudo hublet doctor”.");

export function step(...argv: readonly string[]): FixStep {
  return { argv };
}

/** Writes a file of root's; its folder is made. */
export function writeSteps(path: string, text: string): readonly FixStep[] {
  return [step("mkdir", "-p", path.slice(0, path.lastIndexOf("/"))), { argv: ["tee", path], input: text }];
}

/** A command of the account, from root's shell or the account's own. */
export function accountStep(context: CheckContext, ...argv: readonly string[]): FixStep {
  const { account } = context.state;
  if (account === undefined || !context.privileged) return { argv };
  const environment = ["-C", "/", `HOME=${account.home}`, `XDG_RUNTIME_DIR=/run/user/${account.uid}`];
  // Not “su” or “sudo”: the account has no shell, and sudo need not be there.
  return { argv: ["runuser", "-u", account.name, "--", "env", ...environment, ...argv] };
}

/** What keeps the containers, for sentences. */
export function engineName({ engine }: CheckContext): "Docker" | "Podman" {
  return engine === "docker" ? "Docker" : "Podman";
}

/** Words of Docker's command line for the daemon that runs the deployment, which need not be the usual one. */
export function dockerWords({ dockerSocket }: CheckContext, ...args: readonly string[]): readonly string[] {
  const usual = dockerSocket === undefined || /^(\/var)?\/run\/docker\.sock$/.test(dockerSocket);
  return ["docker", ...(usual ? [] : ["--host", `unix://${dockerSocket}`]), ...args];
}

/** Commands that install a package by its name in each family of distributions; none where that is not known. */
export function installSteps(
  context: CheckContext,
  names: { readonly debian: string; readonly fedora: string },
): FixStep[] {
  const { family } = context.state.distribution;
  if (family === "debian")
    return [
      step("apt-get", "update"),
      step("apt-get", "install", "-y", "--no-install-recommends", ...names.debian.split(" ")),
    ];
  if (family === "fedora")
    return [step("dnf", "install", "-y", "--setopt=install_weak_deps=False", ...names.fedora.split(" "))];
  return [];
}

/** People's servers that run now: what would be disturbed. */
export function runningServers({ state }: CheckContext): number {
  return state.containers.filter(({ name, running }) => running && !name.startsWith("hublet-")).length;
}

/** `“a”, “b” and 3 more` */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

/** `12.3 GB`; powers of ten, as disks are sold. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ""}`;
}
