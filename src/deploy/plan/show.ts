/** A plan for people, and as JSON. Neither holds a secret's value: steps do not have any. */
import type { Plan, StepKind } from "./types.ts";

const TITLES: Readonly<Record<StepKind, string>> = {
  packages: "Packages",
  account: "Account",
  manager: "The account's systemd manager",
  folders: "Folders",
  firewall: "Firewall",
  secrets: "Secrets",
  images: "Images",
  configuration: "Configuration",
  database: "Database",
  units: "Units",
  services: "Services",
  health: "Health",
  generation: "Record",
};

export const NOTHING_TO_DO = "Nothing to do: the host is as described.";

/** @param nothing is said when there is nothing to do */
export function showPlan(plan: Plan, nothing = NOTHING_TO_DO): string {
  const notes = plan.notes.map((note) => `Note: ${note}`);
  if (plan.steps.length === 0) return [nothing, ...notes].join("\n");
  const groups = plan.steps.flatMap(({ kind, title, diff }, at) => [
    ...(kind === plan.steps[at - 1]?.kind ? [] : [...(at === 0 ? [] : [""]), `${TITLES[kind]}:`]),
    `  • ${title}`,
    ...diff.map((line) => `      ${line}`),
  ]);
  const disturbs = disturbances(plan);
  const disturbed =
    disturbs.length === 0 ? ["Nobody is disturbed."] : ["Disturbs:", ...disturbs.map((sentence) => `  ! ${sentence}`)];
  return [...groups, "", ...disturbed, ...notes].join("\n");
}

export function disturbances(plan: Plan): string[] {
  return [...new Set(plan.steps.flatMap(({ disturbs }) => disturbs ?? []))];
}

export function planJson(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    steps: plan.steps.map(({ kind, title, diff, disturbs }) => ({ kind, title, diff, disturbs: disturbs ?? null })),
    notes: plan.notes,
    disturbs: disturbances(plan),
    runningServers: plan.runningServers,
  };
}
