import { HubError } from "../../kernel/index.ts";
import type { Host } from "./port.ts";

export interface SshHostOptions {
  /** A person sits at a terminal: ssh and sudo may ask. */
  readonly interactive: boolean;
  /** Asks for a secret without echo; undefined when the person gives up. */
  readonly askSecret?: (question: string) => Promise<string | undefined>;
  readonly identityFile?: string;
  readonly port?: number;
  /** File of known hosts instead of the person's own. */
  readonly knownHosts?: string;
  readonly note: (line: string) => void;
}

/** A host behind OpenSSH's `ssh`. @throws HubError `host-unreachable`, `forbidden`, `host-unsuitable`, `bad-request` */
export async function openSshHost(_target: string, _options: SshHostOptions): Promise<Host> {
  throw new HubError("internal", "not written yet");
}
