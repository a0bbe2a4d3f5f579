/** Which host is set up: this one, or one behind ssh. */
import { openLocalHost } from "./local.ts";
import type { Host } from "./port.ts";
import type { SshHostOptions } from "./ssh.ts";
import { openSshHost } from "./ssh.ts";

export interface OpenHostOptions extends SshHostOptions {
  /** What ssh takes (`ada@lab.example.org`, `lab:2222`); this host when undefined. */
  readonly target: string | undefined;
}

/** @throws HubError `forbidden` without root there, `host-unreachable`, `host-unsuitable`, `bad-request` */
export async function openHost(options: OpenHostOptions): Promise<Host> {
  return options.target === undefined ? await openLocalHost() : await openSshHost(options.target, options);
}
