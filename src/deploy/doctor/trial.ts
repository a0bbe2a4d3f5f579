/** Containers that the doctor runs for a moment, from images that are there: nothing is fetched. */
import { UNIT_LABEL } from "../model/deployment.ts";
import type { RunResult } from "../run.ts";
import { dockerWords } from "./finding.ts";
import { hasImage, serverImages } from "./image-names.ts";
import type { CheckContext } from "./types.ts";

/** The hub's door for servers, in the folder `bridge` of the state. */
export const REACH_SOCKET = "hub.sock";

/** What can be run in an image: the program's own has Node alone, those of servers have Python. */
export interface TrialImage {
  readonly reference: string;
  readonly kind: "program" | "server";
}

/** An image to try things with: that of the running hub, else any of the program, else one of servers. */
export function trialImage(context: CheckContext): TrialImage | undefined {
  const { state } = context;
  const hub = state.containers.find(({ name, labels }) => name === "hublet-hub" && UNIT_LABEL in labels)?.image;
  const names = Object.keys(state.images);
  const program = [hub, ...names.filter((name) => name.includes("/hublet-hub:"))].find(
    (name) => name !== undefined && hasImage(context, name),
  );
  if (program !== undefined) return { reference: program, kind: "program" };
  const server = serverImages(context).find((image) => hasImage(context, image));
  return server === undefined ? undefined : { reference: server, kind: "server" };
}

export interface Trial {
  /** Options of `run`, which both engines have. */
  readonly options: readonly string[];
  /** What is run, in each kind of image; arguments follow. */
  readonly javascript: string;
  readonly python: string;
  readonly words?: readonly string[];
}

/**
 * Runs a small program as the only process of a container, which is removed. With Podman as a unit of the account's manager, as
 * servers run; with Docker as root inside, since a volume's folder is root's there.
 */
export async function runTrial(context: CheckContext, image: TrialImage, trial: Trial): Promise<RunResult> {
  const { account } = context.state;
  if (account === undefined) return { code: -1, stdout: "", stderr: "there is no account" };
  const common = ["--rm", "--pull=never", "--log-driver=none", ...trial.options];
  const program =
    image.kind === "program"
      ? ["--entrypoint", "/node", image.reference, "--eval", trial.javascript]
      : ["--entrypoint", "python3", image.reference, "-c", trial.python];
  const words = [...program, ...(trial.words ?? [])];
  const { signal } = context;
  if (context.engine === "docker")
    return await context.host.run(dockerWords(context, "run", ...common, "--user=0:0", ...words), {
      timeout: 60_000,
      signal,
    });
  return await context.host.run(["podman", "run", "--quiet", ...common, ...words], {
    as: account,
    managed: context.state.account?.manager === true && context.privileged,
    timeout: 60_000,
    signal,
  });
}

const VERSION = `import importlib.metadata as m
try: print(m.version("jupyterhub"))
except m.PackageNotFoundError: print("none")`;

/** Version of the `jupyterhub` that is installed in an image; undefined when there is none. */
export async function jupyterhubVersion(context: CheckContext, image: string): Promise<string | undefined> {
  const trial = { options: ["--network=none"], javascript: "", python: VERSION };
  const { code, stdout } = await runTrial(context, { reference: image, kind: "server" }, trial);
  const version = stdout.trim();
  return code === 0 && /^\d/.test(version) ? version : undefined;
}
