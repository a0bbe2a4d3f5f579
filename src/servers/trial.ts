/** Starts an image once, as a person's server without a home, and tries it: before a release moves the names people use. */
import type { Config } from "../contract/index.ts";
import type { Driver, LaunchSpec } from "../drivers/index.ts";
import { type Clock, HubError, messageOf, randomHex, Secret, trialName } from "../kernel/index.ts";
import { createProbe, untilAnswering } from "./readiness.ts";
import { tryKernel } from "./trial-kernel.ts";

export interface TrialOptions {
  readonly driver: Driver;
  readonly config: () => Config;
  readonly clock: Clock;
  /** Containers that no row answers for and that are to be left alone; shared with `createServers`. */
  readonly trials: Set<string>;
}

export interface TrialRequest {
  /** `localhost:5000/lab/uspy`: a profile with an image of this repository says how it is started. */
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

type Launch = Pick<Config["server"], "command" | "environment" | "memory" | "cpus" | "pids" | "port" | "protocol">;

const OUTPUT_LINES = 40;
const PROBE_SECONDS = 60;

/**
 * A function that runs one trial: of an image with JupyterLab until a kernel has computed something, of any other until it
 * answers by HTTP.
 * @throws (the function) HubError `image-unsuitable` with what did not work, `engine-unreachable`, `disk-full`, …; the signal's reason
 */
export function createTrial(options: TrialOptions): (reference: string, request: TrialRequest) => Promise<void> {
  const { driver, clock, trials } = options;
  return async (reference, { repository, signal, onLine }) => {
    const settings = launchFor(options.config(), repository);
    const jupyter = await hasJupyter(driver, reference, settings, { signal, onLine });
    const token = new Secret(randomHex(24));
    const spec = specOf(reference, settings, jupyter ? token : undefined);
    trials.add(spec.name);
    const timeout = AbortSignal.timeout(options.config().server.startTimeout * 1000);
    const both = AbortSignal.any([signal, timeout]);
    try {
      const { url } = await driver.start(spec, { signal, onStep: (step) => onLine(`container: ${step}`) });
      onLine(`waiting for ${jupyter ? "GET /api" : "an answer"}`);
      await answering(`${url}/${jupyter ? "api" : ""}`, { clock, signal: both });
      if (jupyter) await tryKernel({ url, token, signal: both, onLine });
      onLine("the image works");
    } catch (error) {
      signal.throwIfAborted();
      for (const line of await outputOf(driver, spec.name, error)) onLine(`  ${line}`);
      throw explained(error, { jupyter, slow: timeout.aborted, seconds: options.config().server.startTimeout });
    } finally {
      await driver.stop(spec.name, { graceSeconds: 2 }).catch((error: unknown) => onLine(messageOf(error)));
      trials.delete(spec.name);
    }
  };
}

/** What the profile says whose image this will be, over what everybody's servers are like. */
function launchFor(config: Config, repository: string): Launch {
  const profile = config.profiles.find(({ image }) => image !== undefined && withoutTag(image) === repository);
  const said = Object.fromEntries(Object.entries(profile ?? {}).filter(([, value]) => value !== undefined));
  return { ...config.server, ...said };
}

function withoutTag(reference: string): string {
  return reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

async function hasJupyter(
  driver: Driver,
  reference: string,
  settings: Launch,
  { signal, onLine }: Pick<TrialRequest, "signal" | "onLine">,
): Promise<boolean> {
  const asked = async (program: string): Promise<boolean> => {
    const command = [program, "--version"];
    const answer = await driver.images?.probe(reference, { command, timeoutSeconds: PROBE_SECONDS, signal });
    const there = answer?.exitCode === 0;
    onLine(`${program}: ${there ? answer.output.trim().split("\n").at(-1) : "not in the image"}`);
    return there;
  };
  if (settings.protocol === "jupyterhub" && !(await asked("jupyterhub-singleuser")))
    throw new HubError(
      "image-unsuitable",
      "The image has no jupyterhub-singleuser that runs, which servers of protocol jupyterhub are started by. Install the package jupyterhub in it, or make a profile for it with protocol: http.",
    );
  return await asked("jupyter-lab");
}

function specOf(reference: string, settings: Launch, token: Secret | undefined): LaunchSpec {
  const own = settings.protocol === "http" ? settings.command : undefined;
  const command =
    token === undefined
      ? own
      : ["jupyter-lab", "--ip=0.0.0.0", "--port={port}", "--no-browser", "--ServerApp.port_retries=0"];
  const fill = (part: string): string =>
    part.replaceAll("{port}", String(settings.port)).replaceAll("{prefix}", "/").replaceAll("{ip}", "0.0.0.0");
  return {
    name: trialName(randomHex(6)),
    labels: { "app.kubernetes.io/managed-by": "hublet", "app.kubernetes.io/component": "image-trial" },
    image: reference,
    ...(command === undefined ? {} : { command: command.map(fill) }),
    environment: settings.environment,
    secretEnvironment: token === undefined ? {} : { JUPYTER_TOKEN: token },
    mounts: [],
    port: settings.port,
    limits: { memoryBytes: settings.memory, cpus: settings.cpus, pids: settings.pids },
    // There is no home: what is written goes where the image has it, and away with the container.
    readOnlyRoot: false,
    tmpfs: [],
  };
}

async function answering(url: string, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const made = createProbe();
  try {
    await untilAnswering(url, made.probe, clock, signal);
  } finally {
    await made.close();
  }
}

/** A container that ended at once was removed with its output, which came with the error. */
async function outputOf(driver: Driver, name: string, error: unknown): Promise<string[]> {
  const said = error instanceof HubError ? error.facts?.output : undefined;
  const text = typeof said === "string" ? said : await driver.logs(name, OUTPUT_LINES).catch(() => "");
  return text.trim() === "" ? [] : text.trimEnd().split("\n");
}

function explained(error: unknown, trial: { jupyter: boolean; slow: boolean; seconds: number }): unknown {
  if (trial.slow)
    return new HubError(
      "image-unsuitable",
      `The image was started and did not ${trial.jupyter ? "run a kernel" : "answer by HTTP"} within ${trial.seconds} s (server.startTimeout). The log above has its own output.`,
      { cause: error },
    );
  if (error instanceof HubError && error.code === "process-died")
    return new HubError(
      "image-unsuitable",
      `The image was started and ended by itself: ${error.message} The log above has its own output.`,
      { cause: error },
    );
  return error;
}
