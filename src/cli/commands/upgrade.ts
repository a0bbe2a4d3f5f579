/** `hublet upgrade`: this program's version with the configuration that is on the host. */
import { planDeployment, withPresent } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { carryOut, planOptions, stopSignal } from "../deploy/confirm.ts";
import { hostsOf, onEach } from "../deploy/jobs.ts";
import { DISTURB, DRY_RUN, HOSTS, YES } from "../deploy/options.ts";
import { ownProgram } from "../deploy/program.ts";

export const upgrade = command({
  path: ["upgrade"],
  summary: "Bring a host to this program's version; its configuration stays as it is there",
  positionals: [],
  options: { host: HOSTS, yes: YES, disturb: DISTURB, dryRun: DRY_RUN },
  examples: ["sudo hublet upgrade", "hublet upgrade --host ada@lab.example.org --yes"],
  run: async (context, _words, options) => {
    const signal = stopSignal();
    const { account } = context.instance();
    const program = await ownProgram(context);
    return onEach(context, hostsOf(context, options.host), signal, (host) =>
      withPresent({ host, account, environment: context.env, local: host.local, ...program }, (target) =>
        carryOut(context, {
          ...{ host, signal, dryRun: options.dryRun, yes: options.yes },
          plan: () => planDeployment(host, target, planOptions(context, host, options.disturb)),
          question: `Bring ${host.name} to version ${program.version}?`,
          done: `Done: ${host.name} runs version ${program.version}.`,
        }),
      ),
    );
  },
});
