/** A look at the host after it was changed, for whoever changed it and for the admins' page. */
import { loadSnapshot } from "../../config/index.ts";
import { countFindings, type Deployment, examine, type Host, toReport, writeReport } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";

/**
 * Writes the report.
 * @returns what to say of it: nothing when all is in order
 * @throws HubError `host-unreachable`, `bad-config`
 */
export async function lookAfterApply(
  context: Pick<CliContext, "env">,
  host: Host,
  about: { readonly file: string; readonly deployment: Deployment; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { file, deployment, signal } = about;
  const { config } = await loadSnapshot({ file, environment: context.env });
  const now = Date.now();
  const outcomes = await examine(host, {
    ...{ target: deployment, config, configProblem: undefined, deep: false, only: [], now, signal },
  });
  try {
    await writeReport(host, deployment, toReport(outcomes, { now, deep: false }));
  } catch (error) {
    // The host is as it was asked for; a report that cannot be written is no reason to say otherwise.
    if (!(error instanceof HubError) || error.code !== "command-failed") throw error;
  }
  const { errors, warnings } = countFindings(outcomes);
  if (errors + warnings === 0) return [];
  const many = [...(errors > 0 ? [count(errors, "error")] : []), ...(warnings > 0 ? [count(warnings, "warning")] : [])];
  return [`“hublet doctor” has ${many.join(" and ")} to tell about ${host.name}.`];
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
