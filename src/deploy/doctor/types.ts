/** One named check for each known failure of hosts. */
import type { Config } from "../../contract/index.ts";
import type { Host } from "../host/port.ts";
import type { HostState } from "../host/state.ts";
import type { Generation } from "../plan/types.ts";
import type { Facts } from "./facts.ts";

/** One command of a fix, as root runs it; shown to people as a line for root's shell. */
export interface FixStep {
  readonly argv: readonly string[];
  /** Text for its standard input: shown as a here-document. */
  readonly input?: string;
}

export interface Finding {
  /** What is wrong, with the actual values, in a sentence. */
  readonly problem: string;
  /** Why it matters, in a sentence. */
  readonly why: string;
  /** Commands for root, in order, that mend it; empty when a person must decide. */
  readonly fix: readonly FixStep[];
  /** What to do where no command can, or what else to know; "" when the commands say it all. */
  readonly advice: string;
  readonly severity: "error" | "warning";
  /** `hublet doctor --fix` may run the commands: they end nobody's work, free no disk, and need no restart of the host. */
  readonly safe: boolean;
}

/** What is looked at: where a hub keeps its things on the host. */
export interface Target {
  /** Service account, or the person who runs the hub. */
  readonly account: string;
  readonly home: string;
  readonly configFile: string;
  /** State folder. */
  readonly state: string;
  /** Root's records of what was applied; there after the first `hublet apply`. */
  readonly records: string;
}

export interface CheckContext {
  readonly host: Host;
  /** What runs the deployment, or would by the configuration. */
  readonly engine: "podman" | "docker";
  /** Of Docker on the host, where that is the engine. */
  readonly dockerSocket: string | undefined;
  readonly target: Target;
  readonly state: HostState;
  readonly facts: Facts;
  /** The configuration as far as it can be read. */
  readonly config: Config | undefined;
  /** Why the configuration cannot be used as it is. */
  readonly configProblem: string | undefined;
  /** What was applied last; undefined before the first `hublet apply`, and for who may not read it. */
  readonly generation: Generation | undefined;
  /** `hublet apply` was done here, so that its units, secrets and containers must be there. */
  readonly deployed: boolean;
  /** Commands run as root. */
  readonly privileged: boolean;
  /** Milliseconds since 1970, by the clock of whoever asks. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Could not be looked at (`unknown`), or there is nothing of the kind here (`skipped`): why. */
export interface NotLooked {
  readonly outcome: "unknown" | "skipped";
  readonly note: string;
}

/** In order, with something worth knowing. */
export interface InOrder {
  readonly outcome: "ok";
  readonly note: string;
}

export interface Check {
  /** `cgroup-delegation`: stable, kebab-case. */
  readonly id: string;
  readonly group: CheckGroup;
  /** What is looked at, as the end of “checks that …”. */
  readonly title: string;
  /** Needs a container to be run, or takes seconds: with `--deep` only. */
  readonly deep: boolean;
  /** An empty list: in order. */
  run(context: CheckContext): Promise<readonly Finding[] | NotLooked | InOrder>;
}

export const CHECK_GROUPS = ["kernel", "account", "engine", "network", "storage", "address", "deployment"] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];

export interface CheckOutcome {
  readonly id: string;
  readonly group: CheckGroup;
  readonly title: string;
  /** `skipped`: there is nothing of the kind here. */
  readonly outcome: "ok" | "warning" | "error" | "unknown" | "skipped";
  readonly findings: readonly Finding[];
  /** Why it is unknown or skipped; or what is worth knowing of what is in order. */
  readonly note: string | undefined;
}
