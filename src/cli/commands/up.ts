/** `hublet up`: from nothing to a hub in one command. */

import { join } from "node:path";
import { z } from "zod";
import { CONFIG_VARIABLES } from "../../config/index.ts";
import { reexecAs } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { PLAN_VARIABLE } from "../up/plan.ts";
import { prepare } from "../up/prepare.ts";
import { stopRequested } from "../up/signals.ts";
import { supervise } from "../up/supervisor.ts";
import { programVersion } from "../version.ts";

export const up = command({
  path: ["up"],
  summary: "Run a hub here: sets up what is missing, stays in the foreground",
  positionals: [],
  options: {
    yes: z.boolean().default(false).describe("Install missing packages without asking."),
    listen: z.string().optional().describe("ADDRESS:PORT to listen on, instead of the configuration's."),
    engine: z.string().optional().describe("auto, podman, docker or process, instead of the configuration's."),
    admin: z.string().default("admin").describe("Name of the first admin."),
    stopServers: z.boolean().default(false).describe("Stop people's servers too when this ends."),
  },
  examples: ["hublet up", "hublet up --yes", "hublet up --listen 127.0.0.1:9000", "hublet up --stop-servers"],
  run: async (context, _words, options) => {
    const { plan, host } = await prepare(context, {
      yes: options.yes,
      listen: options.listen,
      engine: options.engine,
      admin: options.admin,
      stopServers: options.stopServers,
      version: programVersion(context.root),
    });
    // The names under which deployment A keeps what it got from GitHub.
    const named = Object.fromEntries(
      CONFIG_VARIABLES.flatMap((name) => {
        const value = context.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    if (plan.startedAs !== "root") {
      const ended = await supervise(
        plan,
        { ...named, ...host.env },
        { line: context.note, stopRequested: stopRequested() },
      );
      return { json: { stopped: true }, text: "", exitCode: ended };
    }
    // Nothing that faces people runs as root: the rest happens as the account.
    const exitCode = await reexecAs({
      account: host.account,
      argv: [
        host.program.node,
        "--disable-warning=ExperimentalWarning",
        join(host.program.root, "src", "main", "supervisor.ts"),
      ],
      // By the environment, which only the account can read; command lines are everybody's.
      env: { ...named, ...host.env, [PLAN_VARIABLE]: JSON.stringify(plan) },
      groups: host.groups,
    });
    return { json: { stopped: exitCode === 0 }, text: "", exitCode };
  },
});
