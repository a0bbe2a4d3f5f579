/** `hublet rollback`: back to what was applied before. */
import { z } from "zod";
import { planDeployment, withGeneration } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { carryOut, planOptions, stopSignal } from "../deploy/confirm.ts";
import { hostsOf, onEach } from "../deploy/jobs.ts";
import { DISTURB, DRY_RUN, HOSTS, YES } from "../deploy/options.ts";
import { ownProgram } from "../deploy/program.ts";

export const rollback = command({
  path: ["rollback"],
  summary: "Return a host to an earlier generation: its configuration, units and version",
  positionals: [
    {
      name: "number",
      description: "A generation of “hublet generations”; the one before when left out.",
      optional: true,
    },
  ],
  options: {
    host: HOSTS,
    database: z
      .boolean()
      .default(false)
      .describe("Put the database back as well; what was written to it since then is lost."),
    ...{ yes: YES, disturb: DISTURB, dryRun: DRY_RUN },
  },
  examples: ["sudo hublet rollback", "hublet rollback 4 --host ada@lab.example.org --dry-run"],
  run: async (context, words, options) => {
    const number = numberOf(words[0]);
    const signal = stopSignal();
    const { account } = context.instance();
    const program = await ownProgram(context);
    return onEach(context, hostsOf(context, options.host), signal, (host) =>
      withGeneration(
        { host, account, environment: context.env, local: host.local, ...program },
        { number, database: options.database },
        (target, notes, generation) =>
          carryOut(context, {
            ...{ host, signal, dryRun: options.dryRun, yes: options.yes },
            plan: async () => {
              const made = await planDeployment(host, target, planOptions(context, host, options.disturb));
              return { ...made, notes: [...notes, ...made.notes] };
            },
            question: `Return ${host.name} to generation ${generation.number}?`,
            done: `Done: ${host.name} is as generation ${generation.number} was.`,
          }),
      ),
    );
  },
});

function numberOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new HubError("usage", `“${word}” is no generation: give a number of “hublet generations”.`);
}
