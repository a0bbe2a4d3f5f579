/** Under which user servers run, and where homes lie: what cannot be together, or would give people each other's files. */
import { posix } from "node:path";
import type { Checks } from "./context.ts";

/** Directly in these are things of the host, and of its other accounts: somebody named “lib”, or like an admin, would get them. */
const HOST_FOLDERS = ["/", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/usr", "/var", "/var/lib"];

export function checkIdentity(checks: Checks): void {
  checkHomes(checks);
  checkRunAs(checks);
  const { skeleton } = checks.config.server;
  const wrong = skeleton === undefined ? undefined : pathProblem(skeleton);
  if (wrong !== undefined) checks.problem(["server", "skeleton"], wrong);
}

function checkHomes(checks: Checks): void {
  const { homes, home, runAs } = checks.config.server;
  const accounts = checks.has(["people", "hostAccounts"]);
  const nobodys = "{account} is the name of a person's account on this host, and people.hostAccounts is not set";
  if (home.includes("{account}") && !accounts) checks.problem(["server", "home"], nobodys);
  if (homes === "volume") return;
  const at = ["server", "homes", "folder"];
  const { folder } = homes;
  const wrong = pathProblem(folder);
  if (wrong !== undefined) checks.problem(at, wrong);
  else if (!/\{(username|account)\}/.test(folder))
    checks.problem(at, "everybody would have the same home; say {username} or {account} in it: /srv/homes/{username}");
  else if (HOST_FOLDERS.some((above) => posix.normalize(folder).startsWith(posix.join(above, "{username}"))))
    checks.problem(
      at,
      "other folders of the host are there, which somebody of such a name would get; name a folder for homes alone: /srv/homes/{username}",
    );
  if (folder.includes("{account}") && !accounts) checks.problem(at, nobodys);
  if (runAs === "own" && folder.includes("{account}"))
    checks.problem(
      ["server", "runAs"],
      "own are other numbers than those of accounts, whose homes these are; say host, or name folders for homes alone: /srv/homes/{username}",
    );
  if (checks.config.engine === "process")
    checks.problem(
      ["server", "homes"],
      "local processes have no mounts; leave it out, or set engine to docker or podman",
    );
}

function checkRunAs(checks: Checks): void {
  const { engine, deploy, server } = checks.config;
  const at = ["server", "runAs"];
  if (server.runAs === "image") return;
  if (engine === "process")
    checks.problem(
      at,
      "local processes all run as the account that runs Hublet; leave it out, or set engine to docker or podman",
    );
  if (server.runAs !== "host") return;
  if (!checks.has(["people", "hostAccounts"]))
    checks.problem(at, "host is each person's account on this host, and people.hostAccounts is not set");
  const rootless = "numbers of the host do not exist in containers of rootless Podman; use own there, or Docker";
  if (engine === "podman") checks.problem(at, rootless);
  else if (checks.has(["deploy"]) && deploy.engine === "podman")
    checks.problem(at, `${rootless} (deploy.engine: docker)`);
}

function pathProblem(path: string): string | undefined {
  if (path.includes("\0")) return "must have no NUL character";
  return path.split("/").includes("..") ? "must have no “..”" : undefined;
}
