/** `hublet status`: whether the hub of a state folder runs, and how it is. */
import { z } from "zod";
import { peopleSchema } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { readLaunch } from "../instance.ts";
import { isLocked } from "../up/lock.ts";

export const status = command({
  path: ["status"],
  summary: "Show whether the hub runs, where, and on what",
  positionals: [],
  options: {},
  examples: ["hublet status", "hublet status --json"],
  run: async (context) => {
    const instance = context.instance();
    const launch = readLaunch(instance.state);
    const running = await isLocked(instance.state);
    if (!running || launch === undefined) {
      const text =
        launch === undefined
          ? `No hub was ever started with the state folder ${instance.state}.`
          : `The hub is not running. It was started last at ${launch.started}; start it with “hublet up”.`;
      return { json: { running: false, state: instance.state, config: instance.config }, text, exitCode: 1 };
    }
    const hub = await hubHealth(context);
    const rows = [
      ["Hub", hub.answers ? `running at ${launch.address}` : `does not answer: ${hub.why}`],
      ["Since", launch.started],
      ["Engine", launch.why],
      ["People", hub.answers ? `${hub.people}, servers running: ${hub.servers}` : "-"],
      ["Config", launch.config],
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

type Health =
  | { readonly answers: true; readonly people: number; readonly servers: number }
  | { readonly answers: false; readonly why: string };

async function hubHealth(context: CliContext): Promise<Health> {
  try {
    await context.hub().request("GET", "/health", z.unknown());
    const people = await context.hub().request("GET", "/hublet/people?limit=1", peopleSchema);
    return { answers: true, people: people.total, servers: people.running };
  } catch (error) {
    if (error instanceof HubError) return { answers: false, why: error.message };
    throw error;
  }
}
