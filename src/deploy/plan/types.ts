/** What is to be done on a host, and whom it disturbs, before anything is done. */
import type { Host } from "../host/port.ts";

/** Where a step belongs, in the order in which steps are done. */
export const STEP_KINDS = [
  "packages",
  "account",
  "manager",
  "folders",
  "firewall",
  "secrets",
  "images",
  "configuration",
  "database",
  "units",
  "services",
  "health",
  "generation",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface PlannedStep {
  readonly kind: StepKind;
  /** One line, for example “create the account hublet (system account, home /var/lib/hublet)”. */
  readonly title: string;
  /** Lines of a diff, beginning with `+`, `-`, `~` or a space. Never holds a secret's value. */
  readonly diff: readonly string[];
  /** Whom this disturbs, in a sentence; undefined for nobody. */
  readonly disturbs: string | undefined;
  /** Does it. Doing it twice, or after having been stopped in the middle, ends in the same state. */
  run(run: StepRun): Promise<void>;
}

export interface StepRun {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Progress for people: a line. */
  readonly note: (line: string) => void;
}

export interface Plan {
  /** Nothing in it: the host is as described. */
  readonly steps: readonly PlannedStep[];
  /** What cannot be done here, or is only part of what was asked for; in sentences. */
  readonly notes: readonly string[];
  /** People's servers that run now. */
  readonly runningServers: number;
}

/** What was applied once; kept on the host, root's own. Holds no secret. */
export interface Generation {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Who applied it: `root`, or the person behind sudo or ssh. */
  readonly by: string;
  readonly version: string;
  /** References of the program's images. */
  readonly images: Readonly<Record<string, string>>;
  /** Unit files by path relative to the account's home. */
  readonly units: Readonly<Record<string, string>>;
  /** Configuration files by path relative to the configuration's folder; `null` for one with a private key in it. */
  readonly configuration: Readonly<Record<string, string | null>>;
  /** File of the database as it was before this generation, relative to the records folder; null when there was none. */
  readonly databaseBackup: string | null;
  /** What of the database's migrations was applied. */
  readonly databaseVersion: string | null;
}
