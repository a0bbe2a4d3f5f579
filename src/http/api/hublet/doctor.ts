/** The host for admins: the last report of “hublet doctor”, and what the hub sees by itself. */
import { readFile } from "node:fs/promises";
import { type CheckResult, type HostReport, type HostView, hostReportSchema } from "../../../contract/index.ts";
import { systemCode } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith } from "../caller.ts";
import { liveChecks } from "./live-checks.ts";

export function doctorApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/hublet/doctor`, async (request): Promise<HostView> => {
    // Places and programs of the host are for those who may see the hub's details too.
    callerWith(request, ["admin-ui"]);
    callerWith(request, ["read:hub"]);
    const [live, report] = await Promise.all([liveChecks(services), lastReport(services)]);
    return hostView(live, report);
  });
}

function hostView(live: readonly CheckResult[], report: HostReport | undefined): HostView {
  const fresh = new Set(live.map(({ id }) => id));
  const checks = (report?.checks ?? []).filter(({ id }) => !fresh.has(id));
  const severities = [...live, ...checks].flatMap(({ findings }) => findings.map(({ severity }) => severity));
  return {
    live: [...live],
    report: report === undefined ? null : { ...report, checks },
    errors: severities.filter((severity) => severity === "error").length,
    warnings: severities.filter((severity) => severity === "warning").length,
  };
}

/** One of another version of the program, or half written by hand, counts as none: the next call of the doctor mends it. */
async function lastReport({ host, log }: HubServices): Promise<HostReport | undefined> {
  try {
    return hostReportSchema.parse(JSON.parse(await readFile(host.report, "utf8")));
  } catch (error) {
    if (systemCode(error) !== "ENOENT") log.debug({ err: error }, "the report about the host cannot be read");
    return undefined;
  }
}
