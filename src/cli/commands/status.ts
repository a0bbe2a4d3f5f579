/** `hublet status`: whether the hub of a state folder runs, and how it is. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { type ConfigurationView, configurationSchema, peopleSchema } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { isDeployedHere, recordsFolder } from "../deployed/find.ts";
import { statusOf } from "../deployed/status.ts";
import { withHost } from "../deployed/with-host.ts";
import { readLaunch } from "../instance.ts";
import { readableTime } from "../times.ts";
import { isLocked } from "../up/lock.ts";

export const status = command({
  path: ["status"],
  summary: "Show whether the hub runs, where, and on what",
  positionals: [],
  options: { host: z.string().optional().describe("USER@SERVER: the deployment on that host, by ssh.") },
  examples: ["hublet status", "hublet status --json", "hublet status --host ada@lab"],
  run: async (context, _words, options) => {
    const instance = context.instance();
    if (options.host !== undefined || isDeployedHere(instance, context))
      return withHost(context, options.host, (host) => statusOf(host, instance.account));
    const launch = readLaunch(instance.state);
    const running = await isLocked(instance.state);
    if (!running || launch === undefined) {
      const text =
        launch === undefined
          ? `No hub was ever started with the state folder ${instance.state}.${hintAtRoot(instance.account, context.uid)}`
          : `The hub is not running. It was started last at ${readableTime(launch.started)}; start it with “hublet up”.`;
      return { json: { running: false, state: instance.state, config: instance.config }, text, exitCode: 1 };
    }
    const hub = await hubHealth(context);
    const rows = [
      ["Hub", hub.answers ? `running at ${launch.address}` : `does not answer: ${hub.why}`],
      ["Since", readableTime(launch.started)],
      ["Engine", launch.why],
      ["People", hub.answers ? `${hub.people}, servers running: ${hub.servers}` : "-"],
      ["Config", launch.config],
      ...(hub.answers && hub.configuration.state === "refused" ? [["Refused", refusal(hub.configuration)]] : []),
      ["State", instance.state],
      ...launch.notes.map((note) => ["Note", note]),
    ];
    return {
      json: { running: true, ...hub, ...launch, state: instance.state },
      text: rows.map(([label = "", text = ""]) => `${label.padEnd(8)}${text}`).join("\n"),
      exitCode: hub.answers ? 0 : 1,
    };
  },
});

/** Root's records are not for everybody to read, but that they are there is seen. */
function hintAtRoot(account: string, uid: number): string {
  if (uid === 0 || !existsSync(recordsFolder(account))) return "";
  return ` This host has a deployment, about which root may ask: “sudo hublet status”.`;
}

/** What became of the configuration's files since they were taken over. */
type Files = Pick<ConfigurationView, "state" | "refusedAt" | "problems">;

type Health =
  | { readonly answers: true; readonly people: number; readonly servers: number; readonly configuration: Files }
  | { readonly answers: false; readonly why: string };

async function hubHealth(context: CliContext): Promise<Health> {
  try {
    await context.hub().request("GET", "/health", z.unknown());
    const people = await context.hub().request("GET", "/hublet/people?limit=1", peopleSchema);
    const { state, refusedAt, problems } = await context
      .hub()
      .request("GET", "/hublet/configuration", configurationSchema);
    const configuration = { state, refusedAt, problems };
    return { answers: true, people: people.total, servers: people.running, configuration };
  } catch (error) {
    if (error instanceof HubError) return { answers: false, why: error.message };
    throw error;
  }
}

function refusal({ problems, refusedAt }: Files): string {
  const mistakes = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  const when = refusedAt === null ? "" : ` at ${refusedAt}`;
  return `the files were changed, with ${mistakes}${when}; the hub works on with what it had. See “hublet config diff”.`;
}
