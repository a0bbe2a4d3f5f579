/** The host as admins see it: the doctor's last report, and what the hub sees by itself. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { type CheckResult, type HostReport, hostViewSchema } from "../../../contract/index.ts";
import { openHouse } from "../../test-support/house.ts";

const PATH = "/hub/api/hublet/doctor";

function check(id: string, severity: "error" | "warning"): CheckResult {
  const finding = { problem: `${id} is wrong.`, why: "It matters.", fix: ["true"], advice: "", severity, safe: true };
  return { id, group: "kernel", title: "all is well", outcome: severity, findings: [finding], note: null };
}

function report(checks: CheckResult[]): HostReport {
  return { made: "2026-11-22T04:00:00.000Z", deep: false, checks };
}

test("without a report the hub tells what it sees by itself", async (t) => {
  const house = await openHouse(t);
  const admin = await house.browserOf("admin");
  const view = hostViewSchema.parse((await admin.call("GET", PATH)).json());
  assert.equal(view.report, null);
  const ids = view.live.map(({ id }) => id);
  assert.ok(ids.includes("state-disk") && ids.includes("server-images"), ids.join());
});

test("the last report is shown, and what the hub knows itself stands for the same check in it", async (t) => {
  const images = { statuses: () => [failedImage()], subscribe: () => () => undefined };
  const house = await openHouse(t, { images });
  const checks = [check("linger", "error"), check("server-images", "warning"), check("inotify", "warning")];
  writeFileSync(house.hostReport, JSON.stringify(report(checks)));
  const admin = await house.browserOf("admin");
  const view = hostViewSchema.parse((await admin.call("GET", PATH)).json());
  assert.deepEqual(
    view.report?.checks.map(({ id }) => id),
    ["linger", "inotify"],
  );
  const live = view.live.find(({ id }) => id === "server-images");
  assert.match(live?.findings[0]?.problem ?? "", /lab\/image:1 is not there: no such registry/);
  const own = view.live.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error").length;
  assert.equal(view.errors, 1 + own);
});

test("a report that cannot be read counts as none", async (t) => {
  const house = await openHouse(t);
  writeFileSync(house.hostReport, '{"made": 1}');
  const admin = await house.browserOf("admin");
  assert.equal(hostViewSchema.parse((await admin.call("GET", PATH)).json()).report, null);
});

test("places of the host are for admins alone", async (t) => {
  const house = await openHouse(t);
  writeFileSync(house.hostReport, JSON.stringify(report([])));
  assert.equal((await (await house.browserOf("alice")).call("GET", PATH)).status, 403);
  assert.equal((await house.send("GET", PATH)).status, 403);
});

function failedImage() {
  return {
    ...{ reference: "lab/image:1", state: "failed" as const, message: "no such registry" },
    ...{ fraction: null, bytesDone: null, bytesTotal: null, since: new Date().toISOString() },
  };
}
