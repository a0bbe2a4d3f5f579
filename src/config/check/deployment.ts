/** What of `tls`, `deploy` and `backup` contradicts something else. */
import { posix } from "node:path";
import type { Checks } from "./context.ts";

export function checkDeployment(checks: Checks): void {
  const { listen, database, tls, deploy, backup } = checks.config;
  const port = Number(listen.slice(listen.lastIndexOf(":") + 1));
  if (tls?.redirectFrom === port)
    checks.problem(["tls", "redirectFrom"], `${port} is the port of listen, where HTTPS is served; usually it is 80`);
  if (deploy.postgres !== undefined && database !== "sqlite")
    checks.problem(
      ["deploy", "postgres"],
      "sets up a database of the deployment's own, and database names another one; remove one of the two",
    );
  const state = `/var/lib/${deploy.account}/state`;
  if (backup?.to.startsWith("/") === true && isInside(state, posix.normalize(backup.to)))
    checks.problem(
      ["backup", "to"],
      `is inside the state folder ${state}, which is what is backed up; choose another disk, or sftp://USER@HOST/FOLDER`,
    );
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
