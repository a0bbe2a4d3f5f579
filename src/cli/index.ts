export type { StatePaths } from "./instance.ts";
export { statePaths } from "./instance.ts";
export type { CliHost } from "./run.ts";
export { runCli } from "./run.ts";
export type { ChildMessage, LaunchPlan, SupervisorMessage } from "./up/plan.ts";
export { launchPlanSchema, supervisorMessageSchema } from "./up/plan.ts";
export { stopRequested } from "./up/signals.ts";
export { supervise } from "./up/supervisor.ts";
export { programVersion } from "./version.ts";
