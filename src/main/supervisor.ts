/** Composition root of the second stage of `hublet up`, when root has handed over to the service account. */
import { launchPlanSchema, stopRequested, supervise } from "../cli/index.ts";
import { HubError } from "../kernel/index.ts";

try {
  const plan = launchPlanSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
  await supervise(plan, { line: (line) => process.stderr.write(`${line}\n`), stopRequested: stopRequested() });
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `hublet: ${error instanceof HubError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}
