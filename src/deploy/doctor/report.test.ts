/** What people and the admins' page are shown. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostReportSchema } from "../../contract/index.ts";
import { error, warning, writeSteps } from "./finding.ts";
import { countFindings, fixLines, showOutcomes, stepText, toReport } from "./report.ts";
import type { CheckOutcome } from "./types.ts";

const OUTCOMES: readonly CheckOutcome[] = [
  about("inotify", "warning", { findings: [warning("Few watches.", "Files are missed.", { advice: "Think." })] }),
  about("linger", "error", {
    findings: [
      error("It is off.", "All ends.", { fix: [{ argv: ["loginctl", "enable-linger", "hublet"] }], safe: true }),
    ],
  }),
  about("vault", "unknown", { note: "only root can look at this" }),
  about("container-dns", "unknown", { note: "looked at with --deep only: it runs a container." }),
  about("clock", "ok", {}),
  about("selinux-labels", "skipped", { note: "SELinux is off." }),
];

function about(id: string, outcome: CheckOutcome["outcome"], more: Partial<CheckOutcome>): CheckOutcome {
  return { id, group: "kernel", title: "all is well", outcome, findings: [], note: undefined, ...more };
}

test("errors come first, then warnings, then what could not be looked at, and one line for the rest", () => {
  const text = showOutcomes(OUTCOMES);
  const order = [
    "ERROR linger: It is off.",
    "loginctl enable-linger hublet",
    "Warning inotify",
    "Not looked at:",
    "  vault:",
  ];
  const places = order.map((words) => text.indexOf(words));
  assert.ok(
    places.every((place, index) => place > (places[index - 1] ?? -1)),
    text,
  );
  assert.match(text, /1 error, 1 warning; 1 in order; 1 not for this host; 1 not looked at; 1 more with --deep\.$/);
  assert.deepEqual(countFindings(OUTCOMES), { errors: 1, warnings: 1 });
});

test("nothing wrong is said in plain words", () => {
  assert.equal(showOutcomes([about("clock", "ok", {})]), "Nothing is wrong; 1 in order.");
});

test("lines that are shown do in a shell what the commands do", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-fix-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "it's $HOME", "a.conf");
  const text = "[Service]\nExecStart=$x `id` 'y' \\\n";
  const finding = error("p", "w", { fix: writeSteps(path, text) });
  for (const lines of [finding.fix.map(stepText).join("\n"), fixLines(finding)]) {
    execFileSync("sh", ["-eu"], { input: `${lines}\n` });
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("the report holds commands as lines, and is what the hub reads", () => {
  const report = hostReportSchema.parse(JSON.parse(JSON.stringify(toReport(OUTCOMES, { now: 0, deep: false }))));
  assert.equal(report.made, "1970-01-01T00:00:00.000Z");
  assert.deepEqual(report.checks.find(({ id }) => id === "linger")?.findings[0]?.fix, [
    "loginctl enable-linger hublet",
  ]);
});
