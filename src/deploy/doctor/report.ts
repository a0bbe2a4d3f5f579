/** Findings as people read them, and as data. */
import type { CheckResult, HostReport } from "../../contract/index.ts";
import { shellQuote } from "../host/quote.ts";
import type { CheckOutcome, Finding, FixStep } from "./types.ts";

/** A step as a line for root's shell; text for its input follows as a here-document. */
export function stepText({ argv, input }: FixStep): string {
  const line = shellQuote(argv);
  if (input === undefined) return line;
  return `${line} <<'END'\n${input.endsWith("\n") ? input : `${input}\n`}END`;
}

export function toResults(outcomes: readonly CheckOutcome[]): CheckResult[] {
  return outcomes.map(({ id, group, title, outcome, findings, note }) => ({
    ...{ id, group, title, outcome },
    findings: findings.map(({ problem, why, fix, advice, severity, safe }) => ({
      ...{ problem, why, advice, severity, safe },
      fix: fix.map(stepText),
    })),
    note: note ?? null,
  }));
}

export function toReport(
  outcomes: readonly CheckOutcome[],
  about: { readonly now: number; readonly deep: boolean },
): HostReport {
  return { made: new Date(about.now).toISOString(), deep: about.deep, checks: toResults(outcomes) };
}

interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

export function countFindings(outcomes: readonly CheckOutcome[]): Counts {
  const all = outcomes.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: all.length - errors };
}

/** Errors first, then warnings, then what could not be looked at, and one line for all the rest. */
export function showOutcomes(outcomes: readonly CheckOutcome[]): string {
  const { errors, warnings } = countFindings(outcomes);
  const found = (severity: Finding["severity"]): string[] =>
    outcomes.flatMap(({ id, findings }) =>
      findings.filter((finding) => finding.severity === severity).map((finding) => showFinding(id, finding)),
    );
  const unknown = outcomes.filter(({ outcome, note }) => outcome === "unknown" && note?.includes("--deep") !== true);
  const later = outcomes.filter(
    ({ outcome, note }) => outcome === "unknown" && note?.includes("--deep") === true,
  ).length;
  const good = outcomes.filter(({ outcome }) => outcome === "ok").length;
  const skipped = outcomes.filter(({ outcome }) => outcome === "skipped").length;
  return [
    ...found("error"),
    ...found("warning"),
    ...(unknown.length === 0
      ? []
      : [["Not looked at:", ...unknown.map(({ id, note }) => `  ${id}: ${note ?? ""}`)].join("\n")]),
    [
      errors + warnings === 0 ? "Nothing is wrong" : `${counted(errors, "error")}, ${counted(warnings, "warning")}`,
      `${good} in order`,
      ...(skipped === 0 ? [] : [`${skipped} not for this host`]),
      ...(unknown.length === 0 ? [] : [`${unknown.length} not looked at`]),
      ...(later === 0 ? [] : [`${later} more with --deep`]),
    ]
      .join("; ")
      .concat("."),
  ].join("\n\n");
}

function showFinding(id: string, finding: Finding): string {
  const { severity, problem, why, fix, advice, safe } = finding;
  return [
    `${severity === "error" ? "ERROR" : "Warning"} ${id}: ${problem}`,
    `  ${why}`,
    ...(fix.length === 0 ? [] : [safe ? "  As root, or by “hublet doctor --fix”:" : "  As root:", fixLines(finding)]),
    ...(advice === "" ? [] : [`  ${advice}`]),
  ].join("\n");
}

/** Lines to paste. The text of a here-document and its end must stand at the beginning of their lines. */
export function fixLines({ fix }: Finding): string {
  return fix.map((step) => `    ${stepText(step)}`).join("\n");
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
