import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep } from "../plan/types.ts";
import { planCompose } from "./compose-project.ts";
import { planUnits } from "./units.ts";

/** What the engine starts containers from: units in the account's home, or a Compose project in root's records. */
export function planUnitFiles(target: Target, situation: Situation): PlannedStep[] {
  return target.deployment.engine.kind === "docker" ? planCompose(target, situation) : planUnits(target, situation);
}
