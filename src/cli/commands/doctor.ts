/** `hublet doctor`: what is wrong on a host, why that matters, and what mends it. */
import { z } from "zod";
import {
  type CheckOutcome,
  countFindings,
  examine,
  fixFindings,
  fixLines,
  type Host,
  showOutcomes,
  toReport,
  toResults,
  writeReport,
} from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { type CommandResult, command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { stopSignal } from "../deploy/confirm.ts";
import { type DoctorPlace, doctorPlace, openDoctorHost } from "../doctor/place.ts";

export const doctor = command({
  path: ["doctor"],
  summary: "Look for every known fault of this host, say what mends it, and mend what is safe to",
  positionals: [
    {
      name: "checks",
      description: "Only these checks, by their names; all when left out.",
      optional: true,
      variadic: true,
    },
  ],
  options: {
    deep: z.boolean().default(false).describe("Also run containers: limits, volumes, names and images are tried out."),
    fix: z
      .boolean()
      .default(false)
      .describe("Run the commands of what is safe to mend, each after asking; nothing that ends work or frees disk."),
    yes: z.boolean().default(false).describe("Do not ask."),
    host: z.string().optional().describe("USER@SERVER: that host, by ssh. Without it: this one."),
  },
  examples: [
    "sudo hublet doctor",
    "sudo hublet doctor --deep --fix",
    "hublet doctor --host ada@lab.example.org --json",
    "sudo hublet doctor cgroup-delegation container-limits",
  ],
  run: async (context, words, options) => {
    if (options.fix && !options.yes && !context.interactive)
      throw new HubError("usage", "There is no terminal to ask on. Look at the report without --fix, then add --yes.");
    const host = await openDoctorHost(context, options.host);
    try {
      return await consult(context, host, { ...options, only: words });
    } finally {
      await host.close();
    }
  },
});

interface Consultation {
  readonly deep: boolean;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly only: readonly string[];
}

async function consult(context: CliContext, host: Host, options: Consultation): Promise<CommandResult> {
  const signal = stopSignal();
  const place = await doctorPlace(context, host);
  const look = async (): Promise<readonly CheckOutcome[]> => {
    const { target, config, configProblem } = place;
    const { deep, only } = options;
    const now = Date.now();
    const outcomes = await examine(host, { target, config, configProblem, deep, only, now, signal });
    // A part of a report in the place of the whole would hide what else is wrong.
    if (only.length === 0) await keep(context, host, place, toReport(outcomes, { now, deep }));
    return outcomes;
  };
  const found = await look();
  const { outcomes, said } = options.fix
    ? await mend(context, host, found, look, options.yes, signal)
    : { outcomes: found, said: [] };
  return {
    json: toResults(outcomes),
    text: [showOutcomes(outcomes), ...said, ...place.notes].join("\n\n"),
    exitCode: countFindings(outcomes).errors > 0 ? 1 : 0,
  };
}

/** The report for the admins' page is an extra: what was found is told also where it cannot be written. */
async function keep(
  context: CliContext,
  host: Host,
  { target }: DoctorPlace,
  report: ReturnType<typeof toReport>,
): Promise<void> {
  try {
    await writeReport(host, target, report);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== "command-failed") throw error;
    context.note(`The report could not be kept for the admins' page: ${error.message}`);
  }
}

async function mend(
  context: CliContext,
  host: Host,
  found: readonly CheckOutcome[],
  look: () => Promise<readonly CheckOutcome[]>,
  yes: boolean,
  signal: AbortSignal,
): Promise<{ readonly outcomes: readonly CheckOutcome[]; readonly said: readonly string[] }> {
  if (host.local && context.uid !== 0)
    throw new HubError("forbidden", "Only root can mend a host. Run “sudo hublet doctor --fix”.");
  const { outcomes, gone, stayed } = await fixFindings(found, {
    ...{ host, signal, note: context.note, examine: look },
    agree: async (id, finding) => {
      context.note(`${id}: ${finding.problem}\n${fixLines(finding)}`);
      return yes || (await context.confirm("Run this?", { byDefault: true }));
    },
  });
  const said = [
    ...(gone.length === 0 ? [] : [`Mended: ${gone.join(", ")}.`]),
    ...(stayed.length === 0 ? [] : [`Not mended, though the commands were run: ${stayed.join(", ")}.`]),
    ...(gone.length + stayed.length === 0 ? ["Nothing was mended."] : []),
  ];
  return { outcomes, said };
}
