/** What runs the containers of a deployment on a host. The plan is the same for all; how a thing is done there is here. */
import type { Host, HostRunOptions, HostUser } from "../host/port.ts";
import type { ContainerUnit, DeployedEngine } from "../model/deployment.ts";
import type { StepRun } from "../plan/types.ts";
import type { RunResult } from "../run.ts";

/** The parts of a step's run that commands need. */
type Running = Pick<StepRun, "host" | "signal">;
type CommandOptions = Pick<HostRunOptions, "input" | "timeout" | "onLine">;

export interface ProgramRun {
  /** The words after `/node` of the image. */
  readonly command: readonly string[];
  /** It may speak to the engine, and look at the host's folders. */
  readonly engine: boolean;
  /** Folders of the host that it sees, writable, at the same paths. */
  readonly folders?: readonly string[];
  /** More words for `run`. */
  readonly options?: readonly string[];
}

/** Commands of the engine's own program, on the host or from a process there. */
export interface EngineCommand {
  readonly argv: readonly string[];
  /** Whose command it is; root's when undefined. */
  readonly as: HostUser | undefined;
}

export interface DeploymentEngine {
  readonly deployed: DeployedEngine;
  /** What one of its secrets is, for sentences: “Podman secret”. */
  readonly secretWord: string;

  /** The engine's program, for a process that waits for it: what it starts ends with it (`exec`, `run --rm`). */
  inside(account: HostUser, args: readonly string[]): EngineCommand;
  /** What a part of the deployment is called there; part: `hublet-hub`. */
  containerName(part: string): string;
  /** Runs the engine's program. @throws HubError `command-failed` */
  command(run: Running, account: HostUser, args: readonly string[], options?: CommandOptions): Promise<RunResult>;
  /** The same for what may fail. @throws HubError `host-unreachable` */
  attempt(run: Running, account: HostUser, args: readonly string[], options?: CommandOptions): Promise<RunResult>;

  /** Starts a part from its unit as it lies on the host, after ending the one that runs. @throws HubError `command-failed` */
  restart(run: Running, account: HostUser, part: string): Promise<void>;
  /** Starts a part that does not run. @throws HubError `command-failed` */
  start(run: Running, account: HostUser, part: string): Promise<void>;
  /** @throws HubError `command-failed` */
  stop(run: Running, account: HostUser, part: string): Promise<void>;
  /** A sentence when a part was given up, or ends as soon as it is started. */
  givenUp(host: Host, account: HostUser, part: string): Promise<string | undefined>;
  /** The last lines that these parts said. @param lines at most so many of each */
  lastLines(host: Host, account: HostUser, parts: readonly string[], lines: number): Promise<readonly string[]>;

  /** The words after the program for a container like the hub's, with one command. Values of secrets are in none of them. */
  programWords(host: Host, account: HostUser, hub: ContainerUnit, run: ProgramRun): Promise<readonly string[]>;

  readonly secrets: EngineSecrets;
}

/** Names are those of containers: `hub.key`. No value is ever in an argument, and none leaves the host. */
export interface EngineSecrets {
  /** What the plan calls one, for its lines. */
  title(name: string): string;
  /** 32 random bytes in hex. */
  createRandom(run: Running, account: HostUser, name: string): Promise<void>;
  /** Of the text of the account's file, without the end of its line. */
  createFromFile(run: Running, account: HostUser, name: string, file: string): Promise<void>;
  createFrom(run: Running, account: HostUser, name: string, value: string): Promise<void>;
  remove(run: Running, account: HostUser, names: readonly string[]): Promise<void>;
  /** Writes it to the account's file, mode 0600. */
  giveBack(run: Running, account: HostUser, name: string, file: string): Promise<void>;
}
