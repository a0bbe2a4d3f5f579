/** `hublet uninstall`: takes away what apply made. */
import { z } from "zod";
import { planUninstall } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { carryOut, stopSignal } from "../deploy/confirm.ts";
import { hostsOf, onEach } from "../deploy/jobs.ts";
import { DRY_RUN, HOSTS, YES } from "../deploy/options.ts";

export const uninstall = command({
  path: ["uninstall"],
  summary: "Remove a deployment from a host; people's files and the configuration stay",
  positionals: [],
  options: {
    host: HOSTS,
    eraseData: z
      .boolean()
      .default(false)
      .describe("Erase people's files, the database, the configuration and all records too. There is no way back."),
    ...{ yes: YES, dryRun: DRY_RUN },
  },
  examples: ["sudo hublet uninstall", "hublet uninstall --host ada@lab.example.org --dry-run"],
  run: async (context, _words, options) => {
    const signal = stopSignal();
    const { account } = context.instance();
    const { eraseData, dryRun, yes } = options;
    return onEach(context, hostsOf(context, options.host), signal, (host) =>
      carryOut(context, {
        ...{ host, signal, dryRun, yes },
        plan: () => planUninstall(host, { account, eraseData }),
        question: eraseData
          ? `Remove Hublet from ${host.name} and erase everything that people have there?`
          : `Remove Hublet from ${host.name}?`,
        done: `Hublet is removed from ${host.name}.`,
        harmless: false,
        nothing: `Nothing of Hublet is set up on ${host.name}.`,
      }),
    );
  },
});
