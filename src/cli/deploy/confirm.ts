/** Shows a plan, asks, and does it. */
import { userInfo } from "node:os";
import {
  applyPlan,
  disturbances,
  type Host,
  NOTHING_TO_DO,
  type Plan,
  type PlanOptions,
  planJson,
  showPlan,
} from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { printable } from "../printable.ts";
import { stopRequested } from "../up/signals.ts";
import type { Outcome } from "./jobs.ts";

export interface CarryOutOptions {
  readonly host: Host;
  readonly plan: () => Promise<Plan>;
  readonly signal: AbortSignal;
  /** Show it and do nothing. */
  readonly dryRun: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  /** What is asked, for example “Do this on lab.example.org?”. */
  readonly question: string;
  /** False when only a clear yes will do. */
  readonly harmless?: boolean;
  /** What is said when all is done. */
  readonly done: string;
  /** What is said when there is nothing to do. */
  readonly nothing?: string;
  /** More to say then, for people alone. */
  readonly afterwards?: () => Promise<readonly string[]>;
}

/** @throws HubError `usage` without --yes and without a terminal to ask on; as `applyPlan` */
export async function carryOut(context: CliContext, options: CarryOutOptions): Promise<Outcome> {
  const { host, signal } = options;
  const shown = await options.plan();
  if (options.dryRun) return { json: planJson(shown), text: showPlan(shown, options.nothing) };
  if (shown.steps.length === 0)
    return { json: { ...planJson(shown), done: [] }, text: showPlan(shown, options.nothing) };
  context.note(printable(showPlan(shown, options.nothing)));
  if (!options.yes) {
    if (!context.interactive)
      throw new HubError("usage", "There is no terminal to ask on. Look at the plan, then add --yes.");
    if (
      !(await context.confirm(options.question, {
        byDefault: options.harmless !== false && disturbances(shown).length === 0,
      }))
    )
      return { json: { ...planJson(shown), done: [] }, text: "Nothing was changed." };
  }
  const applied = await applyPlan({ host, shown, plan: options.plan, signal, note: context.note });
  const steps = applied.done.length === 1 ? "1 step" : `${applied.done.length} steps`;
  const text =
    applied.done.length === 0
      ? (options.nothing ?? NOTHING_TO_DO)
      : `${options.done} (${steps}, ${seconds(applied.took)})`;
  const more = applied.done.length === 0 ? [] : ((await options.afterwards?.()) ?? []);
  return {
    json: { done: applied.done, notes: applied.notes, took: applied.took },
    text: [text, ...applied.notes.map((note) => `Note: ${note}`), ...more].join("\n"),
  };
}

/** Ends at the first Ctrl-C; what was done until then stays. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  void stopRequested().then(() =>
    stop.abort(
      new HubError("command-failed", "Stopped. What was done stays as it is; call the same again to go on from there."),
    ),
  );
  return stop.signal;
}

/** What all plans need to know of who asks. */
export function planOptions(context: CliContext, host: Host, disturb: boolean): PlanOptions {
  const { username } = userInfo();
  const by = context.env.SUDO_USER ?? username;
  return { by: host.local ? by : `${by} (by ssh)`, disturb, local: host.local };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
