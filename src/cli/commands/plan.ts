/** `hublet plan`: what apply would do, and whom that disturbs. */
import { planDeployment, planJson, showPlan, targetOf } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { planOptions, stopSignal } from "../deploy/confirm.ts";
import { jobsOf, onEach } from "../deploy/jobs.ts";
import { DISTURB, FILES, HOSTS } from "../deploy/options.ts";
import { ownProgram } from "../deploy/program.ts";

export const plan = command({
  path: ["plan"],
  summary: "Show what “hublet apply” would change on a host, and whom it would disturb; changes nothing",
  positionals: [FILES],
  options: { host: HOSTS, disturb: DISTURB },
  examples: ["sudo hublet plan", "hublet plan --host ada@lab.example.org --json", "hublet plan lab-a.yaml lab-b.yaml"],
  run: async (context, words, options) => {
    const program = await ownProgram(context);
    return onEach(context, await jobsOf(context, words, options.host), stopSignal(), async (host, { file }) => {
      const target = await targetOf({ file, environment: context.env, local: host.local, ...program });
      const made = await planDeployment(host, target, planOptions(context, host, options.disturb));
      return { json: planJson(made), text: showPlan(made) };
    });
  },
});
