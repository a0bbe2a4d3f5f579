/** One named check for each known failure of hosts. */
import type { Config } from "../../contract/index.ts";
import type { Host } from "../host/port.ts";
import type { HostState } from "../host/state.ts";

export interface Finding {
  /** What is wrong, in a sentence. */
  readonly problem: string;
  /** Why it matters, in a sentence. */
  readonly why: string;
  /** Commands for root's shell, in order, that mend it; empty when a person must decide. */
  readonly fix: readonly string[];
  /** What to do where no command can; "" with commands. */
  readonly advice: string;
  readonly severity: "error" | "warning";
}

export interface CheckContext {
  readonly host: Host;
  readonly state: HostState;
  /** The configuration as far as it can be read. */
  readonly config: Config | undefined;
  readonly signal: AbortSignal;
}

export interface Check {
  /** `cgroup-delegation`: stable, kebab-case. */
  readonly id: string;
  /** What is looked at, as the end of “checks that …”. */
  readonly title: string;
  /** Needs a container to be run, or takes seconds: with `--deep` only. */
  readonly deep: boolean;
  /** Undefined: in order. A string: could not be looked at, and why. */
  run(context: CheckContext): Promise<readonly Finding[] | string>;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: "ok" | "warning" | "error" | "unknown";
  readonly findings: readonly Finding[];
  /** Why it is unknown. */
  readonly note: string | undefined;
}
