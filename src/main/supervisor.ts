/** Composition root of the second stage of `hublet up`, when root has handed over to the service account. */
import { launchPlanSchema, PLAN_VARIABLE, stopRequested, supervise } from "../cli/index.ts";
import { HubError } from "../kernel/index.ts";

try {
  const { [PLAN_VARIABLE]: handedOver, ...environment } = process.env;
  const plan = launchPlanSchema.parse(JSON.parse(handedOver ?? "{}"));
  const line = (text: string): void => void process.stderr.write(`${text}\n`);
  process.exit(await supervise(plan, environment as Record<string, string>, { line, stopRequested: stopRequested() }));
} catch (error) {
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`hublet: ${error instanceof HubError ? error.message : bug}\n`);
  process.exit(1);
}
