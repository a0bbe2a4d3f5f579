/** Images that people's servers start with. A host without a registry is no failure of apply: the hub says it at a start. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { buildNotebook, defaultCacheFolders, isReplaceable, readRecipe } from "../../images/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import { MISSED_IMAGES } from "../plan/records.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { pull } from "./images.ts";
import { Meter } from "./progress.ts";

/** Milliseconds: 600 MB over a slow line, or a build. */
const IMPORT_MS = 60 * 60 * 1000;

export interface ServerImagesPlan {
  readonly steps: readonly PlannedStep[];
  readonly notes: readonly string[];
}

/** Asks once for each image: what was missed then is only noted, until another is configured or it is there. */
export async function planServerImages(target: Target, situation: Situation): Promise<ServerImagesPlan> {
  const { state, records } = situation;
  const built = (await readRecipe()).settings.reference;
  const missing = target.deployment.serverImages.filter(
    (reference) =>
      state.images[reference] === undefined && !(isReplaceable(reference) && state.images[built] !== undefined),
  );
  const steps = missing
    .filter((reference) => !records.missedImages.includes(reference))
    .map((reference) => fetchStep(target, situation, reference));
  const notes = missing
    .filter((reference) => records.missedImages.includes(reference))
    .map(
      (reference) =>
        `The image ${reference} is not on the host, and no registry gave it out: servers start when it is there. The hub asks for it by itself; ${loading(target.deployment)} brings it as well.`,
    );
  return { steps, notes };
}

function fetchStep(target: Target, situation: Situation, reference: string): PlannedStep {
  const { deployment } = target;
  return {
    kind: "images",
    title: `fetch ${reference} for people's servers${isReplaceable(reference) ? ", or build it here" : ""}`,
    diff: [`+ ${reference}`],
    disturbs: undefined,
    run: async (run) => {
      const refused = await pull(run, deployment, reference);
      if (refused === undefined) return;
      run.note(`no registry gave it out: ${refused}`);
      if (isReplaceable(reference) && (await bringBuilt(run, deployment))) return;
      run.note(`servers with ${reference} start when it is there: the hub asks for it by itself`);
      const content = [...new Set([...situation.records.missedImages, reference])].map((line) => `${line}\n`).join("");
      await run.host.writeFiles([{ path: join(deployment.records, MISSED_IMAGES), content, mode: 0o600 }]);
    },
  };
}

/** Builds the notebook image on this machine and streams it. @returns false when it cannot be built here */
async function bringBuilt(run: StepRun, deployment: Target["deployment"]): Promise<boolean> {
  try {
    const { tar, settings } = await buildNotebook({
      folders: defaultCacheFolders(),
      signal: run.signal,
      onProgress: ({ message }) => run.note(message),
    });
    const account = await needHostAccount(run.host, deployment.account);
    // Only here, since every command would wait for it.
    const { importChanges } = await import("../../drivers/index.ts");
    const engine = engineFor(deployment);
    const changes = importChanges(engine.deployed.kind, settings).flatMap((line) => ["--change", line]);
    const meter = createReadStream(tar).pipe(new Meter(run.note));
    const quiet = engine.deployed.kind === "podman" ? ["--quiet"] : [];
    await engine.command(run, account, ["import", ...quiet, ...changes, "-", settings.reference], {
      input: meter,
      timeout: IMPORT_MS,
    });
    return true;
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof HubError && error.code === "host-unreachable") throw error;
    run.note(`the notebook image could not be built on this machine: ${messageOf(error)}`);
    return false;
  }
}

function loading({ account, engine }: Target["deployment"]): string {
  return engine.kind === "docker" ? "“docker load”" : `“podman load” as ${account}`;
}
