/** The few settings of `~/.ssh/config` (ssh_config(5)) that a backup obeys. */
import { likeness } from "./known-hosts.ts";

export interface SshSettings {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** As they are written; `~` and `%d` stand for the home folder. */
  readonly identityFiles: readonly string[];
  readonly knownHosts: readonly string[];
}

/** What the text says of a host: the first value of each setting wins, identity files add up. */
export function sshSettings(text: string, host: string): SshSettings {
  const found = new Map<string, string>();
  const identityFiles: string[] = [];
  let applies = true;
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, word = "", value = ""] = match;
    const key = word.toLowerCase();
    if (key === "host") applies = isFor(value, host);
    // A condition that cannot be told here: what stands below it is left out.
    else if (key === "match") applies = value.toLowerCase() === "all";
    else if (!applies) continue;
    else if (key === "identityfile") identityFiles.push(value.replace(/^"(.*)"$/, "$1"));
    else if (!found.has(key)) found.set(key, value.replace(/^"(.*)"$/, "$1"));
  }
  const port = Number(found.get("port"));
  const hostName = found.get("hostname")?.replaceAll("%h", host);
  const user = found.get("user");
  return {
    ...(hostName === undefined ? {} : { hostName }),
    ...(Number.isInteger(port) ? { port } : {}),
    ...(user === undefined ? {} : { user }),
    identityFiles,
    knownHosts: found.get("userknownhostsfile")?.split(/\s+/) ?? [],
  };
}

function isFor(value: string, host: string): boolean {
  const patterns = value.split(/\s+/);
  if (patterns.some((pattern) => pattern.startsWith("!") && likeness(pattern.slice(1)).test(host))) return false;
  return patterns.some((pattern) => likeness(pattern).test(host));
}
