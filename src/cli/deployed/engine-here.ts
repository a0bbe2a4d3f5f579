/** The engine of a deployment on this host, for commands that need no more of the host than that. */
import { readFile } from "node:fs/promises";
import { type DeploymentEngine, engineOn } from "../../deploy/index.ts";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

/** @throws HubError `command-failed` for who may not read root's records */
export function engineHere(account: string): Promise<DeploymentEngine> {
  return engineOn({ readFile: fileHere }, account);
}

async function fileHere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw new HubError("command-failed", `${path} cannot be read: ${messageOf(cause)}. Run this as root.`, { cause });
  }
}
