/** All checks over this very machine, as whoever runs the tests sees it: no script may be wrong on a real host. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CHECKS } from "./checks.ts";
import { contextWith } from "./context.fixture.ts";
import { type ExamineOptions, examine } from "./examine.ts";
import { factsFrom, splitParts } from "./facts.ts";
import { mountOf, parseMounts } from "./mounts.ts";
import { openOwnHost } from "./own-host.ts";
import { toReport } from "./report.ts";
import { writeReport } from "./report-file.ts";

function options(changes: Partial<ExamineOptions> = {}): ExamineOptions {
  const { username, homedir } = userInfo();
  return {
    target: {
      ...{ account: username, home: homedir, configFile: join(homedir, "no-such", "hublet.yaml") },
      ...{ state: join(homedir, "no-such-state"), records: "/var/lib/hublet-deploy/no-such-account" },
    },
    ...{ config: undefined, configProblem: undefined, deep: false, only: [] },
    ...{ now: Date.now(), signal: new AbortController().signal },
    ...changes,
  };
}

test("every check has an outcome on a real host, and none breaks", async () => {
  const outcomes = await examine(openOwnHost(), options());
  assert.deepEqual(
    outcomes.map(({ id }) => id),
    CHECKS.map(({ id }) => id),
  );
  const broken = outcomes.filter(({ note }) => note?.includes("could not be looked at") === true);
  assert.deepEqual(broken, []);
  const memory = outcomes.find(({ id }) => id === "memory");
  assert.notEqual(memory?.outcome, "unknown", memory?.note);
  for (const { id, deep } of CHECKS.filter((check) => check.deep))
    assert.equal(outcomes.find((outcome) => outcome.id === id)?.outcome, "unknown", `${id} ${deep}`);
});

test("only the checks that were named are done; a strange name is told with those there are", async () => {
  const outcomes = await examine(openOwnHost(), options({ only: ["clock", "memory"] }));
  assert.deepEqual(outcomes.map(({ id }) => id).toSorted(), ["clock", "memory"]);
  await assert.rejects(examine(openOwnHost(), options({ only: ["klock"] })), /no check klock. There are: .*clock/);
});

test("the report lies in the state folder for its owner alone, once there is one", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-report-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { target } = options();
  const report = toReport([], { now: 0, deep: false });
  await writeReport(openOwnHost(), { ...target, state: folder }, report);
  assert.throws(() => readFileSync(join(folder, "run", "doctor.json")), /ENOENT/);
  const made = join(folder, "made");
  await openOwnHost().mustRun(["mkdir", "-p", join(made, "run")]);
  await writeReport(openOwnHost(), { ...target, state: made }, report);
  assert.deepEqual(JSON.parse(readFileSync(join(made, "run", "doctor.json"), "utf8")), report);
});

test("no output can be taken for the name of a part", () => {
  const parts = splitParts("mark id\n0\nid\nmarkid x\n\nmark sysctl\na/b=1\n", "mark");
  assert.equal(factsFrom(parts).part("id"), "0\nid\nmarkid x");
  assert.equal(factsFrom(parts).values("sysctl").get("a/b"), "1");
  assert.equal(factsFrom(parts).part("mounts"), undefined);
});

test("a path belongs to the mount nearest above it", () => {
  const mounts = parseMounts(contextWith().facts.part("mounts") ?? "");
  assert.equal(mountOf(mounts, "/var/tmp/x")?.type, "tmpfs");
  assert.equal(mountOf(mounts, "/var/tmpx")?.type, "ext4");
  assert.deepEqual(parseMounts("9 1 0:1 / /a\\040b rw,nosuid - xfs /dev/x rw,prjquota")[0], {
    ...{ point: "/a b", type: "xfs", options: ["rw", "nosuid", "rw", "prjquota"], source: "/dev/x" },
  });
});
