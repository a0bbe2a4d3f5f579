/** `hublet apply`: makes a host as the configuration says, step by step. */
import { firstAdminLink, type Host, listGenerations, planDeployment, targetOf } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { carryOut, planOptions, stopSignal } from "../deploy/confirm.ts";
import { jobsOf, onEach } from "../deploy/jobs.ts";
import { DISTURB, DRY_RUN, FILES, HOSTS, YES } from "../deploy/options.ts";
import { ownProgram } from "../deploy/program.ts";
import { lookAfterApply } from "../doctor/after-apply.ts";
import { readableTime } from "../times.ts";

export const apply = command({
  path: ["apply"],
  summary: "Set up or change a host as the configuration says; calling it again changes nothing",
  positionals: [FILES],
  options: { host: HOSTS, yes: YES, disturb: DISTURB, dryRun: DRY_RUN },
  examples: [
    "sudo hublet apply",
    "hublet apply --host ada@lab.example.org --config lab/hublet.yaml",
    "hublet apply lab-a.yaml lab-b.yaml --yes",
  ],
  run: async (context, words, options) => {
    const signal = stopSignal();
    const program = await ownProgram(context);
    return onEach(context, await jobsOf(context, words, options.host), signal, async (host, { file }) => {
      const target = await targetOf({ file, environment: context.env, local: host.local, ...program });
      return carryOut(context, {
        ...{ host, signal, dryRun: options.dryRun, yes: options.yes },
        plan: () => planDeployment(host, target, planOptions(context, host, options.disturb)),
        question: `Do this on ${host.name}?`,
        done: `Done: ${host.name} is as described; its address is ${target.deployment.address}.`,
        afterwards: async () => [
          ...(await firstAdmin(host, target.deployment.account, signal)),
          ...(await lookAfterApply(context, host, { file, deployment: target.deployment, signal })),
        ],
      });
    });
  },
});

/** Only the first apply says it: later ones are also run by programs whose output is kept. */
async function firstAdmin(host: Host, account: string, signal: AbortSignal): Promise<readonly string[]> {
  const generations = await listGenerations(host, account);
  const link = generations.length === 1 ? await firstAdminLink(host, account, signal) : undefined;
  if (link === undefined) return [];
  return [
    `First admin: ${link.url}`,
    `This link makes you “${link.name}”. It works once, until ${readableTime(link.expiresAt)}; “hublet user passwd ${link.name} --link” makes another.`,
  ];
}
