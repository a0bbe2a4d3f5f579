/** Mounts that would break a server, or lead somewhere else than they seem to. */
import { posix } from "node:path";
import type { MountConfig } from "../../contract/index.ts";
import type { Checks } from "./context.ts";

const KERNEL_FOLDERS = ["/proc", "/sys", "/dev"];
/** Whoever sees the whole of these in a server sees every key and every engine of the host. */
const HOST_FOLDERS = ["/", "/dev", "/etc", "/run", "/var", "/var/lib", "/var/run"];
/** Where the hub itself reaches into servers. */
const HUB_FOLDER = "/run/hublet";

export function checkMounts(checks: Checks): void {
  const { server, groups } = checks.config;
  checkList(checks, ["server", "mounts"], server.mounts);
  for (const [name, group] of Object.entries(groups)) checkList(checks, ["groups", name, "mounts"], group.mounts);
}

function checkList(checks: Checks, path: readonly string[], mounts: readonly MountConfig[]): void {
  const targets = new Set<string>();
  for (const [index, { source, target }] of mounts.entries()) {
    const wrongSource = sourceProblem(source);
    if (wrongSource !== undefined) checks.problem([...path, index, "source"], wrongSource);
    const plain = posix.normalize(target).replace(/(?<=.)\/$/, "");
    const wrongTarget = targets.has(plain)
      ? `another mount of this list is at ${plain}`
      : target.includes("{account}") && checks.config.people.hostAccounts === undefined
        ? "{account} is the name of a person's account on this host, and people.hostAccounts is not set"
        : targetProblem(target, plain, checks.config.server.home);
    if (wrongTarget !== undefined) checks.problem([...path, index, "target"], wrongTarget);
    targets.add(plain);
  }
}

function sourceProblem(source: string): string | undefined {
  if (source.includes("\0")) return "must have no NUL character";
  if (source.includes("{username}")) return "{username} is replaced in targets only: every member sees the same source";
  if (source.startsWith("/")) return hostProblem(source);
  if (source.includes("/")) return "must be an absolute path, or the name of a volume";
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)
    ? undefined
    : "must be an absolute path, or the name of a volume (A–Z, a–z, 0–9, “_”, “.” and “-”)";
}

function hostProblem(source: string): string | undefined {
  if (source.split("/").includes("..")) return "must have no “..”";
  const plain = posix.normalize(source).replace(/(?<=.)\/$/, "");
  if (HOST_FOLDERS.includes(plain)) return `must not be the whole of ${plain}; name the folder in it that is meant`;
  const taken = ["/proc", "/sys"].find((folder) => plain === folder || plain.startsWith(`${folder}/`));
  if (taken !== undefined) return `must not be inside ${taken}`;
  return plain.endsWith(".sock") ? "must not be a socket: whoever reaches an engine's rules the host" : undefined;
}

function targetProblem(target: string, plain: string, home: string): string | undefined {
  if (target.split("/").includes("..")) return "must have no “..”";
  if (plain === "/") return "must not be the whole root folder";
  if (plain === posix.normalize(home).replace(/(?<=.)\/$/, ""))
    return `the person's own volume is there (server.home is ${home}); choose a folder in it or beside it`;
  const taken = [...KERNEL_FOLDERS, HUB_FOLDER].find((folder) => plain === folder || plain.startsWith(`${folder}/`));
  return taken === undefined ? undefined : `must not be inside ${taken}`;
}
