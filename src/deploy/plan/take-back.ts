/** A deployment that does not answer is put back as the generation before it was, by the same planners. */
import { join } from "node:path";
import { messageOf } from "../../kernel/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import { planConfiguration } from "../steps/configuration.ts";
import { migrates, putBack } from "../steps/database.ts";
import { lastLog, unhealthy, waitHealthy } from "../steps/health.ts";
import { HUB } from "../steps/hub-program.ts";
import { planServices } from "../steps/services.ts";
import { planUnitFiles } from "../steps/unit-files.ts";
import { generationTarget } from "./generation-target.ts";
import { generationFolder, nextGeneration } from "./records.ts";
import { readSituation } from "./situation.ts";
import type { Situation, Target } from "./target.ts";
import type { Generation, PlannedStep, StepRun } from "./types.ts";

/** What a step found that a later one records. */
export interface Outcome {
  /** The database's last migration. */
  database: string | undefined;
}

export interface BackOptions {
  readonly target: Target;
  readonly situation: Situation;
  readonly healthMs: number;
  readonly outcome: Outcome;
}

/** The step that waits until hub, proxy and address answer. */
export function waitStep(options: BackOptions): PlannedStep {
  const { target, healthMs, outcome } = options;
  return {
    kind: "health",
    title: `wait until ${target.deployment.address} answers, at most ${Math.round(healthMs / 1000)} seconds`,
    diff: [],
    disturbs: undefined,
    run: async (run) => {
      const health = await waitHealthy(run, engineFor(target.deployment), target.deployment.account, healthMs);
      if (!health.healthy) throw await takenBack(run, options, health.problems);
      outcome.database = health.database;
    },
  };
}

/** A service that cannot even be started is as bad as one that does not answer. */
export function takingBack(step: PlannedStep, options: BackOptions): PlannedStep {
  return {
    ...step,
    run: async (run) => {
      try {
        await step.run(run);
      } catch (error) {
        run.signal.throwIfAborted();
        throw await takenBack(run, options, [messageOf(error)]);
      }
    },
  };
}

async function takenBack(run: StepRun, options: BackOptions, problems: readonly string[]): Promise<Error> {
  const { target, situation } = options;
  const account = await needHostAccount(run.host, target.deployment.account);
  const log = await lastLog(run.host, engineFor(target.deployment), account);
  const previous = situation.records.current;
  if (previous === undefined)
    return unhealthy(
      run.host,
      problems,
      "There is no earlier generation to return to: what was set up stays. Mend what the log says, then apply again.",
      log,
    );
  run.note(`it does not answer: going back to generation ${previous.number}`);
  try {
    await goBack(run, options, previous);
  } catch (error) {
    run.signal.throwIfAborted();
    return unhealthy(
      run.host,
      problems,
      `Going back to generation ${previous.number} failed as well: ${messageOf(error)} Look at “hublet logs” and “hublet doctor”.`,
      log,
    );
  }
  const kept = target.inPlace ? ` The files in ${target.deployment.configFolder} are as you wrote them.` : "";
  return unhealthy(run.host, problems, `Generation ${previous.number} was put back, and answers.${kept}`, log);
}

async function goBack(run: StepRun, options: BackOptions, previous: Generation): Promise<void> {
  const { target, situation, healthMs } = options;
  // Whoever writes in the host's own folder keeps what was written: the hub works on with what it took over last.
  const before = target.inPlace
    ? { ...target, units: previous.units, databaseFrom: undefined }
    : generationTarget(previous, target);
  const now = await readSituation(run.host, before);
  const begun = nextGeneration(situation.records);
  const hub = target.deployment.containers.find(({ name }) => name === HUB);
  const image = previous.images[HUB];
  if (
    hub !== undefined &&
    image !== undefined &&
    (target.databaseFrom !== undefined || (await migrates(run.host, target, begun)) === true)
  ) {
    const account = await needHostAccount(run.host, target.deployment.account);
    run.note("putting back the copy of the database");
    const work = { engine: engineFor(target.deployment), account, hub: { ...hub, image } };
    await putBack(run, target, work, begun);
  }
  for (const step of [...planConfiguration(before, now), ...planUnitFiles(before, now)]) await step.run(run);
  for (const step of planServices(before, await readSituation(run.host, before))) await step.run(run);
  const health = await waitHealthy(run, engineFor(before.deployment), before.deployment.account, healthMs);
  if (!health.healthy) throw unhealthy(run.host, health.problems, "", "");
  // A copy of the database is of the moment: the next apply makes its own.
  await run.host.remove([join(target.deployment.records, generationFolder(begun))], { tree: true });
}
