import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountOf } from "../../broker/index.ts";
import { hostAccountFinder } from "../../config/index.ts";
import { possibleName, systemCode } from "../../kernel/index.ts";

/**
 * People's accounts as the host's files say at each moment, in the way that the hub finds them.
 * @param hostRoot where the host's file system is; “” when this process sees it itself
 */
export function hostAccounts(hostRoot: string, prefix: () => string | null): AccountOf {
  return (user) => {
    const wanted = prefix();
    const name = possibleName(user);
    if (wanted === null || name === undefined) return undefined;
    return hostAccountFinder(read(join(hostRoot, "/etc/passwd")), read(join(hostRoot, "/etc/group")), wanted)(name);
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}
